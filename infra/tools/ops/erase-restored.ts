import type { Erasure } from '../../../lambdas/sync/mailbox/erasures.ts';
import { inOrder } from '../in-order.ts';
import { explain, ToolError } from '../tool-error.ts';
import type { OpsCall, OpsCommand, OpsOutcome } from './command.ts';
import { endAccount } from './end-account.ts';
import type { Stores } from './stores.ts';

/** `erase-restored`: erases again what a restored table brought back, by the record of erasures. */
export const eraseRestored: OpsCommand = {
  about: 'Erases again what a restored table brought back.',
  example: '--dry-run',
  changes: true,
  run,
};

/** Erasures processed at once. */
const atOnce = 8;

/** What exists again of an ended generation. */
interface Restored {
  readonly erasure: Erasure;
  readonly grant: boolean;
  readonly sessions: readonly string[];
  readonly copy: boolean;
}

async function run({ stores, dryRun }: OpsCall): Promise<OpsOutcome> {
  const total = { remembered: 0, grants: 0, sessions: 0, copies: 0 };
  const failed: { accountId: string; reason: string }[] = [];
  for await (const page of stores.erasures.list(Date.now())) {
    total.remembered += page.length;
    for await (const seen of inOrder(page, atOnce, (erasure) => eraseAgain(erasure, stores, dryRun))) {
      if ('reason' in seen) {
        failed.push(seen);
        continue;
      }
      total.grants += seen.grant ? 1 : 0;
      total.sessions += seen.sessions.length;
      total.copies += seen.copy ? 1 : 0;
    }
  }
  const { remembered, grants, sessions, copies } = total;
  const what = `${grants} grants, ${sessions} sessions and ${copies} copies`;
  return {
    ok: failed.length === 0,
    lines: [
      `${remembered} erasures are recorded`,
      dryRun ? `${what} would be erased again` : `${what} erased again; copies go within minutes`,
      ...failed.map(({ accountId, reason }) => `${accountId}: ${reason}`),
    ],
    result: { ...total, failed },
  };
}

async function eraseAgain(
  erasure: Erasure,
  stores: Stores,
  dryRun: boolean,
): Promise<Restored | { accountId: string; reason: string }> {
  try {
    const restored = await lookFor(erasure, stores);
    if (!dryRun) await erase(restored, stores);
    return restored;
  } catch (error) {
    return { accountId: erasure.accountId, reason: explain(error) };
  }
}

async function lookFor(erasure: Erasure, stores: Stores): Promise<Restored> {
  const { accountId, generation } = erasure;
  const [account, hashes, state, isCopied] = await Promise.all([
    stores.findAccount(accountId),
    stores.sessions.listByAccount(accountId),
    stores.mailboxes.find(accountId),
    stores.isCopied(erasure),
  ]);
  const generations = await Promise.all(hashes.map((hash) => stores.sessions.generationOf(hash)));
  return {
    erasure,
    grant: account?.generation === generation,
    // A user who has connected again since stays signed in.
    sessions: hashes.filter((_, index) => generations[index] === generation),
    copy: isCopied || state?.generation === generation,
  };
}

async function erase({ erasure, grant, sessions, copy }: Restored, stores: Stores): Promise<void> {
  const { accountId, generation, owner } = erasure;
  await Promise.all(sessions.map((hash) => stores.sessions.deleteOfGeneration(hash, generation)));
  if (!grant) {
    if (copy) await stores.eraseCopy({ accountId, generation, owner });
    return;
  }
  // The token was revoked at that time; if Google was unreachable, revoke it now.
  const { revokedAtGoogle } = await endAccount(erasure, true, stores);
  if (!revokedAtGoogle) {
    throw new ToolError(
      'Google is unreachable; the grant is unusable: run this again, or leave it to the nightly sweep',
    );
  }
}
