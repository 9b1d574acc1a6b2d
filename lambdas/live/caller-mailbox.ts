import type { MailboxKey } from '../copied-message.ts';
import type { AccessTokens } from '../grants/access-tokens.ts';
import type { Grant, GrantStore } from '../grants/grant.ts';
import { requireUsable } from '../grants/require-grant.ts';
import type { Run } from '../http/handler.ts';
import type { HttpRequest } from '../http/request.ts';
import { type CallerDependencies, type CallersAccount, requireCaller } from '../sessions/caller.ts';
import type { OpenLiveUnits } from './live-units.ts';
import type { Mailbox } from './mailbox.ts';
import { withMailbox } from './with-mailbox.ts';

export interface CallerMailboxDependencies extends Omit<CallerDependencies, 'findAccount'> {
  readonly grants: Pick<GrantStore, 'find'>;
  readonly accessTokens: AccessTokens;
  readonly openMailbox: (accessToken: string) => Mailbox;
  readonly clientId: () => Promise<string>;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
  readonly openUnits: OpenLiveUnits;
}

type FirstCall = Parameters<OpenLiveUnits>[1];
type Work<Result> = (mailbox: Mailbox, caller: MailboxKey) => Promise<Result>;

/**
 * Works with the mailbox of the caller, within the units that live calls have.
 *
 * @param first the call that the work makes first
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
 * The same for a caller whose account is known.
 *
 * @throws LiveUnitsSpent, and Problem as requireUsable and withMailbox
 */
export async function withGrantsMailbox<Result>(
  grant: CallersAccount<Grant>,
  { endsAt }: Run,
  first: FirstCall,
  work: Work<Result>,
  dependencies: CallerMailboxDependencies,
): Promise<Result> {
  const { clientId, scopes, openUnits } = dependencies;
  requireUsable(grant, { clientId: await clientId(), scopes });
  const units = openUnits(grant, first);
  const result = withMailbox(grant, (mailbox) => work(units.over(mailbox), grant), {
    ...dependencies,
    endsAt,
  });
  // A function that has answered must have no call under way.
  return result.finally(() => units.ready);
}
