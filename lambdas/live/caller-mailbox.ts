import type { MailboxKey } from '../copied-message.ts';
import type { AccessTokens } from '../grants/access-tokens.ts';
import type { GrantStore } from '../grants/grant.ts';
import { requireGrant } from '../grants/require-grant.ts';
import type { Run } from '../http/handler.ts';
import type { HttpRequest } from '../http/request.ts';
import { type CallerDependencies, requireCaller } from '../sessions/caller.ts';
import type { Mailbox } from './mailbox.ts';
import { withMailbox } from './with-mailbox.ts';

export interface CallerMailboxDependencies extends Omit<CallerDependencies, 'findAccount'> {
  readonly grants: Pick<GrantStore, 'find'>;
  readonly accessTokens: AccessTokens;
  readonly openMailbox: (accessToken: string) => Mailbox;
  readonly clientId: () => Promise<string>;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
}

/**
 * Works with the mailbox of whoever is calling.
 *
 * @throws Problem as requireCaller, requireGrant and withMailbox.
 */
export async function withCallersMailbox<Result>(
  request: HttpRequest,
  { endsAt }: Run,
  work: (mailbox: Mailbox, caller: MailboxKey) => Promise<Result>,
  dependencies: CallerMailboxDependencies,
): Promise<Result> {
  const { grants, clientId, scopes } = dependencies;
  const caller = await requireCaller(request, { ...dependencies, findAccount: grants.find });
  const grant = await requireGrant(caller, { clientId: await clientId(), scopes }, grants);
  return withMailbox(grant, (mailbox) => work(mailbox, caller), { ...dependencies, endsAt });
}
