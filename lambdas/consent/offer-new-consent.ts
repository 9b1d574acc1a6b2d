import { Problem } from '../errors.ts';
import { isForeign, withOutcome } from '../http/foreign-address.ts';
import type { PendingConsent } from './pending-consent.ts';

/**
 * The problem of a failed consent, with the way to start a new one that returns to the same place. A consent from a
 * connect link can be restarted only with that link, which only the user has.
 */
export function offerNewConsent(
  problem: Problem,
  {
    invitation,
    returnTo,
    handoffChallenge,
  }: Pick<PendingConsent, 'invitation' | 'returnTo' | 'handoffChallenge'>,
): Problem {
  const way =
    invitation === undefined
      ? { offerConsent: true, returnTo, codeChallenge: handoffChallenge }
      : { invited: true };
  // The application receives the problem at the URL where it would have received the handoff.
  const shownAt = isForeign(returnTo) ? withOutcome(returnTo, 'error', problem.code) : undefined;
  return new Problem(problem.code, { ...problem.options, ...way, shownAt, cause: problem.cause });
}
