import { type Account, showAccount } from '../../../lambdas/owners/account.ts';
import { syncStatus } from '../../../lambdas/sync/mailbox/sync-status.ts';
import { findAccounts, nameOf } from './account.ts';
import type { OpsCall, OpsCommand, OpsOutcome } from './command.ts';
import type { Stores } from './stores.ts';

/** `find`: the accounts of an address, with their sessions and sync. */
export const find: OpsCommand = {
  about: 'Shows the owner, the grant, the sessions and the sync of an account.',
  example: 'ada@example.com',
  takes: 'account',
  changes: false,
  run,
};

async function run({ argument, stores }: OpsCall): Promise<OpsOutcome> {
  const found = await findAccounts(argument, stores);
  const accounts = await Promise.all(found.map((account) => describe(account, stores)));
  if (accounts.length === 0) {
    return { ok: false, lines: ['no such account is connected'], result: { accounts } };
  }
  return { ok: true, lines: accounts.flatMap(linesOf), result: { accounts } };
}

async function describe(account: Account, { config, sessions, mailboxes }: Stores) {
  const [hashes, sync] = await Promise.all([
    sessions.listByAccount(account.accountId),
    // Which messages failed concerns only the mailbox's user.
    syncStatus(account, mailboxes, async () => []),
  ]);
  return { ...showAccount(account, config.scopes), sessions: hashes.length, sync };
}

function linesOf({
  id,
  email,
  owner,
  status,
  connectedAt,
  grantExpiresAt,
  sessions,
  sync,
}: Awaited<ReturnType<typeof describe>>) {
  return [
    nameOf({ accountId: id, email }),
    `  owner:     ${owner ?? 'nobody'}`,
    `  grant:     ${status}, since ${connectedAt}${grantExpiresAt === undefined ? '' : `, until ${grantExpiresAt}`}`,
    `  sessions:  ${sessions}`,
    `  sync:      ${sync === undefined ? 'none' : wordsOf(sync)}`,
  ];
}

function wordsOf({
  phase,
  pausedBecause,
  copied,
  failures,
  lastSync,
  lastError,
}: NonNullable<Awaited<ReturnType<typeof syncStatus>>>) {
  return [
    pausedBecause === undefined ? phase : `${phase} (${pausedBecause})`,
    `${copied} copied`,
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(lastSync === undefined ? [] : [`last at ${lastSync}`]),
    ...(lastError === undefined ? [] : [`trouble: ${lastError.code} at ${lastError.at}`]),
  ].join(', ');
}
