import { googleConnections } from '../../../lambdas/errors.ts';
import { nameOf, requireAccount } from './account.ts';
import type { OpsCall, OpsCommand, OpsOutcome } from './command.ts';
import { endAccount } from './end-account.ts';

/** `disconnect`: what `DELETE /mailbox` does, for an account that an operator names. */
export const disconnect: OpsCommand = {
  about: 'Revokes a grant at Google and erases it here, with its sessions and copy.',
  example: 'ada@example.com',
  takes: 'account',
  changes: true,
  run,
};

async function run(call: OpsCall): Promise<OpsOutcome> {
  const { stores, dryRun } = call;
  const account = await requireAccount(call);
  const { accountId } = account;
  const outcome = (ok: boolean, words: string, ending = {}): OpsOutcome => ({
    ok,
    lines: [`${nameOf(account)}: ${words}`],
    result: { accountId, ...ending },
  });
  if (dryRun) {
    return outcome(
      true,
      'its grant would be revoked at Google and erased here, with its sessions and its copy',
    );
  }
  const ending = await endAccount(account, false, stores);
  if (!ending.erased) {
    return outcome(
      false,
      'consented again at the same moment: that new grant stands; disconnect once more to end it too',
      ending,
    );
  }
  if (!ending.revokedAtGoogle) {
    return outcome(
      false,
      `erased here, but not revoked at Google: the user can remove access at ${googleConnections}`,
      ending,
    );
  }
  return outcome(true, 'revoked at Google and erased here; its copy goes within minutes', ending);
}
