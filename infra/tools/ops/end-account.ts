import { markDisconnecting } from '../../../lambdas/disconnect/disconnect-mailbox.ts';
import { endGrant, type GrantEnding } from '../../../lambdas/disconnect/end-grant.ts';
import type { Grant } from '../../../lambdas/grants/grant.ts';
import { ToolError } from '../tool-error.ts';
import type { Stores } from './stores.ts';

/**
 * Ends a grant as a disconnect does: revokes it at Google, erases it here and erases its copy.
 *
 * @param mustBeRevoked if Google is unreachable, keep the grant, unusable, until the nightly sweep revokes it
 * @throws ToolError if the grant no longer exists; errors of endGrant
 */
export async function endAccount(
  { accountId, generation }: Pick<Grant, 'accountId' | 'generation'>,
  mustBeRevoked: boolean,
  { grants, ending }: Stores,
): Promise<GrantEnding> {
  const gone = () => new ToolError(`${accountId} is not connected any more`);
  const grant = await markDisconnecting({ accountId, generation, gone }, { grants });
  return endGrant(grant, { mustBeRevoked }, ending);
}
