import { Problem } from '../errors.ts';
import { isForeign, withOutcome } from '../http/foreign-address.ts';
import type { PendingConsent } from './pending-consent.ts';

/**
 * The problem on which a consent has failed, with the way to start it anew: it will lead back to where this one was to.
 * What began with a connect link starts anew with that link alone, which stands nowhere but in the person's hands.
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
  // The application that asked hears of the end where it would have heard of the success.
  const shownAt = isForeign(returnTo) ? withOutcome(returnTo, 'error', problem.code) : undefined;
  return new Problem(problem.code, { ...problem.options, ...way, shownAt, cause: problem.cause });
}
