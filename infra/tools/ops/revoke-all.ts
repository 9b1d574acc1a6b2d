import type { Account } from '../../../lambdas/owners/account.ts';
import type { Options } from '../command-line.ts';
import { inOrder } from '../in-order.ts';
import { textLines } from '../text-lines.ts';
import { explain, ToolError, UsageError } from '../tool-error.ts';
import { listAccounts, nameOf } from './account.ts';
import type { OpsCall, OpsCommand, OpsOutcome } from './command.ts';
import { endAccount } from './end-account.ts';

/** `revoke-all`: ends every grant of an owner, or of the whole stage. */
export const revokeAll: OpsCommand = {
  about: 'Revokes and erases every grant of an owner or of the stage.',
  example: '--owner tenant-7 --dry-run',
  options: ['owner', 'everyone', 'yes'],
  changes: true,
  check,
  run,
};

/** Grants ended at once. */
const atOnce = 4;

function check({ owner, everyone = false }: Options): void {
  // An empty variable in a script must not select all accounts.
  if (owner === '' || (owner === undefined) === !everyone) {
    throw new UsageError('revoke-all takes either --owner, with a name, or --everyone');
  }
}

async function run(call: OpsCall): Promise<OpsOutcome> {
  const { stores, dryRun, options, installation } = call;
  const { owner } = options;
  const accounts = await Array.fromAsync(listAccounts(stores, { owner }));
  const whose =
    owner === undefined ? `stage ${installation.name}` : `owner ${owner} in stage ${installation.name}`;
  const of = `${accounts.length} grant${accounts.length === 1 ? '' : 's'} of ${whose}`;
  const counted = { grants: accounts.length };
  if (dryRun) return { ok: true, lines: [`${of} would be revoked and erased`], result: counted };
  if (accounts.length > 0)
    await confirm(`${of} will be revoked at Google and erased here, with the copies.`, call);
  const left: { account: Account; reason: string }[] = [];
  for await (const { account, reason } of inOrder(accounts, atOnce, (each) => endOne(each, call))) {
    if (reason !== undefined) left.push({ account, reason });
  }
  const revoked = accounts.length - left.length;
  return {
    ok: left.length === 0,
    lines: [
      ...left.map(({ account, reason }) => `${nameOf(account)}: ${reason}`),
      `${revoked} of ${of} revoked and erased`,
    ],
    result: {
      ...counted,
      revoked,
      left: left.map(({ account: { accountId }, reason }) => ({ accountId, reason })),
    },
  };
}

async function endOne(account: Account, { stores }: OpsCall): Promise<{ account: Account; reason?: string }> {
  try {
    const { erased, revokedAtGoogle } = await endAccount(account, true, stores);
    if (!revokedAtGoogle) {
      return {
        account,
        reason: 'Google is unreachable; the grant is unusable, and the nightly sweep tries again',
      };
    }
    return erased
      ? { account }
      : { account, reason: 'consented again at the same moment, and keeps that new grant' };
  } catch (error) {
    return { account, reason: explain(error) };
  }
}

/** Asks the operator to type the name of the stage, unless `--yes` is given. */
async function confirm(what: string, { installation: { name }, options }: OpsCall): Promise<void> {
  if (options.yes) return;
  process.stderr.write(`${what}\nType the name of the stage (${name}) to go on: `);
  const lines = textLines(process.stdin);
  const { value: typed } = await lines.next();
  await lines.return(undefined);
  if (typed?.trim() === name) return;
  throw new ToolError('not confirmed, so nothing was done; type the name, or give --yes in a script');
}
