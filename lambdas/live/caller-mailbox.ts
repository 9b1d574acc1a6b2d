import type { MailboxKey } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import type { AccessTokens } from '../grants/access-tokens.ts';
import type { Grant, GrantStore } from '../grants/grant.ts';
import { openWithToken } from '../grants/open-with-token.ts';
import { requireUsable } from '../grants/require-grant.ts';
import type { Run } from '../http/handler.ts';
import type { HttpRequest } from '../http/request.ts';
import { type CallerDependencies, type CallersAccount, requireCaller } from '../sessions/caller.ts';
import type { OpenLiveUnits } from './live-units.ts';
import type { Mailbox } from './mailbox.ts';

export interface CallerMailboxDependencies extends Omit<CallerDependencies, 'findAccount'> {
  readonly grants: Pick<GrantStore, 'find'>;
  readonly accessTokens: AccessTokens;
  readonly openMailbox: (accessToken: string) => Mailbox;
  readonly clientId: () => Promise<string>;
  readonly scopes: readonly string[];
  readonly openUnits: OpenLiveUnits;
}

/** The most milliseconds for a refresh and a Gmail call if each fails once and then responds late. */
const secondStart = 19_000;

/** The retry time while Gmail refuses new tokens (seconds). */
const retryAfterSeconds = 60;

type FirstCall = Parameters<OpenLiveUnits>[1];
type Work<Result> = (mailbox: Mailbox, caller: MailboxKey) => Promise<Result>;

/**
 * Works with the caller's mailbox, within the units of live calls.
 *
 * @param first the first call that the work makes
 * @throws what requireCaller and withGrantsMailbox throw
 */
export async function withCallersMailbox<Result>(
  request: HttpRequest,
  run: Run,
  first: FirstCall,
  work: Work<Result>,
  dependencies: CallerMailboxDependencies,
): Promise<Result> {
  const grant = await requireCaller(request, { ...dependencies, findAccount: dependencies.grants.find });
  return withGrantsMailbox(grant, run, first, work, dependencies);
}

/**
 * The same for a caller whose account is already known. If Gmail refuses the access token, it is renewed once and the
 * work is repeated if there is time.
 *
 * @throws LiveUnitsSpent, Problem `google_timeout` if Gmail's refusal came too late to repeat the work, and what
 *   requireUsable, openWithToken and the work throw
 */
export async function withGrantsMailbox<Result>(
  grant: CallersAccount<Grant>,
  { endsAt }: Run,
  first: FirstCall,
  work: Work<Result>,
  dependencies: CallerMailboxDependencies,
): Promise<Result> {
  const { clientId, scopes, openUnits, accessTokens, openMailbox, clock = Date.now } = dependencies;
  requireUsable(grant, { clientId: await clientId(), scopes });
  const units = openUnits(grant, first);
  const beforeRenewal = () => {
    if (clock() > endsAt - secondStart) throw new Problem('google_timeout');
  };
  try {
    const use = await openWithToken(grant, {
      accessTokens,
      open: openMailbox,
      beforeRenewal,
      retryAfterSeconds,
    });
    return await use((mailbox) => work(units.over(mailbox), grant));
  } finally {
    // No call may be under way when the function returns: Lambda freezes the process.
    await units.ready;
  }
}
