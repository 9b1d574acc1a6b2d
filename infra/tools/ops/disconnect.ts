import { googleConnections } from '../../../lambdas/errors.ts';
import { outcomeOf, requireAccount } from './account.ts';
import type { OpsCall, OpsCommand, OpsOutcome } from './command.ts';
import { endAccount } from './end-account.ts';

/** `disconnect`: what `DELETE /mailbox` does, for an account that the operator names. */
export const disconnect: OpsCommand = {
  about: 'Revokes a grant at Google and erases it here, with its sessions and copy.',
  example: 'ada@example.com',
  takes: 'account',
  changes: true,
  run,
};

async function run(call: OpsCall): Promise<OpsOutcome> {
  const account = await requireAccount(call);
  if (call.dryRun) {
    const would = 'its grant would be revoked at Google and erased here, with its sessions and its copy';
    return outcomeOf(account, true, would);
  }
  const ending = await endAccount(account, false, call.stores);
  if (!ending.erased) {
    const other =
      'consented again at the same moment, and keeps that new grant; disconnect again to end it, too';
    return outcomeOf(account, false, other, ending);
  }
  if (!ending.revokedAtGoogle) {
    const left = `erased here, but not revoked at Google: the user can remove access at ${googleConnections}`;
    return outcomeOf(account, false, left, ending);
  }
  return outcomeOf(account, true, 'revoked at Google and erased here; its copy goes within minutes', ending);
}
