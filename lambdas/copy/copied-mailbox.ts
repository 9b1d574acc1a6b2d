import type { MailboxKey } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import type { HttpRequest } from '../http/request.ts';
import { type CallerDependencies, requireCaller } from '../sessions/caller.ts';

/**
 * The mailbox whose copy the caller may read. Google is not asked, so it is read also while Google is down or the grant
 * is revoked; a mailbox that is being disconnected belongs to no caller any more.
 *
 * @throws Problem `login_required`, `grant_revoked`, and what requireCaller throws
 */
export async function requireCopiedMailbox(
  request: HttpRequest,
  dependencies: CallerDependencies,
): Promise<MailboxKey> {
  const { accountId, generation } = await requireCaller(request, dependencies);
  const account = await dependencies.findAccount(accountId);
  if (account?.generation !== generation) throw new Problem('login_required');
  if (account.status === 'disconnecting') throw new Problem('grant_revoked');
  return { accountId, generation };
}
