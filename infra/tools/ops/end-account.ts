import { markDisconnecting } from '../../../lambdas/disconnect/disconnect-mailbox.ts';
import { endGrant, type GrantEnding } from '../../../lambdas/disconnect/end-grant.ts';
import type { Grant } from '../../../lambdas/grants/grant.ts';
import { ToolError } from '../tool-error.ts';
import type { Stores } from './stores.ts';

/**
 * Ends a grant as a disconnect does: at Google, here, and its copy.
 *
 * @param mustBeRevoked keep it for the nightly sweep, opening nothing, when Google cannot be told
 * @throws ToolError when the grant has gone meanwhile, and as endGrant
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
