import type { MailboxKey } from '../copied-message.ts';
import type { AccessTokens } from '../grants/access-tokens.ts';
import type { GrantStore } from '../grants/grant.ts';
import { requireGrant } from '../grants/require-grant.ts';
import type { Run } from '../http/handler.ts';
import type { HttpRequest } from '../http/request.ts';
import { type CallerDependencies, requireCaller } from '../sessions/caller.ts';
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

/**
 * Works with the mailbox of whoever is calling, within the units that live calls have.
 *
 * @param first the call that the work makes first
 * @throws LiveUnitsSpent, and Problem as requireCaller, requireGrant and withMailbox.
 */
export async function withCallersMailbox<Result>(
  request: HttpRequest,
  { endsAt }: Run,
  first: Parameters<OpenLiveUnits>[1],
  work: (mailbox: Mailbox, caller: MailboxKey) => Promise<Result>,
  dependencies: CallerMailboxDependencies,
): Promise<Result> {
  const { grants, clientId, scopes, openUnits } = dependencies;
  const caller = await requireCaller(request, { ...dependencies, findAccount: grants.find });
  const units = openUnits(caller, first);
  const finding = clientId().then((id) => requireGrant(caller, { clientId: id, scopes }, grants));
  // A function that has answered must have no call under way.
  const grant = await finding.finally(() => units.ready);
  return withMailbox(grant, (mailbox) => work(units.over(mailbox), caller), { ...dependencies, endsAt });
}
