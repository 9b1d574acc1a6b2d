import { outcomeOf, requireAccount } from './account.ts';
import type { OpsCall, OpsCommand, OpsOutcome } from './command.ts';

/** `end-sessions`: signs an account out everywhere; the grant and the sync stay. */
export const endSessions: OpsCommand = {
  about: 'Signs an account out everywhere; its grant and sync stay.',
  example: 'ada@example.com',
  takes: 'account',
  changes: true,
  run,
};

async function run(call: OpsCall): Promise<OpsOutcome> {
  const { stores, dryRun } = call;
  const account = await requireAccount(call);
  const hashes = await stores.sessions.listByAccount(account.accountId);
  if (!dryRun) await Promise.all(hashes.map((hash) => stores.sessions.delete(hash)));
  const ended = hashes.length;
  const words = `${ended} session${ended === 1 ? '' : 's'} ${dryRun ? 'would be ended' : 'ended'}`;
  return outcomeOf(account, true, words, { sessions: ended });
}
