import type { SyncStatus } from '../../api/answers.ts';
import type { ReadOnly } from '../../api/types.ts';
import type { FailedMessage, MailboxKey } from '../../copied-message.ts';
import {
  isBackfillClass,
  type MailboxState,
  type MailboxStore,
  type VerifyFindings,
} from './mailbox-state.ts';

const maxFailed = 20;

/** Lists the latest messages that could not be copied. */
export type ListFailed = (mailbox: MailboxKey, limit: number) => Promise<readonly FailedMessage[]>;

/** Returns the sync status of a mailbox; undefined if it is not synced. */
export async function syncStatus(
  mailbox: MailboxKey,
  mailboxes: Pick<MailboxStore, 'find'>,
  listFailed: ListFailed,
  now: number = Date.now(),
): Promise<ReadOnly<SyncStatus> | undefined> {
  const state = await mailboxes.find(mailbox.accountId);
  if (state?.generation !== mailbox.generation) return undefined;
  const failedMessages = state.failed > 0 ? await listFailed(mailbox, maxFailed) : undefined;
  return describe(state, failedMessages, now);
}

function describe(
  state: MailboxState,
  failedMessages: readonly FailedMessage[] | undefined,
  now: number,
): ReadOnly<SyncStatus> {
  const { phase, pausedBecause, copied, about, failed, lastSyncAt, waitsFor, lastError, verify, lastVerify } =
    state;
  return {
    phase,
    ...(pausedBecause !== undefined && phase === 'paused' && { pausedBecause }),
    copied,
    ...(about !== undefined && { about: Math.max(about, copied) }),
    percent: percentOf(state),
    ...(phase === 'backfill' && progressOf(state)),
    failures: failed,
    ...(failedMessages !== undefined && {
      failed: failedMessages.map(({ nextAttemptAt, ...message }) => ({
        ...message,
        nextAttempt: iso(nextAttemptAt),
      })),
    }),
    ...(lastSyncAt !== undefined && { lastSync: iso(lastSyncAt) }),
    ...(phase !== 'paused' && { nextSync: iso(state.claim === undefined ? state.nextDueAt : now) }),
    ...(waitsFor !== undefined && { waitsFor }),
    ...(lastError !== undefined && { lastError: { code: lastError.code, at: iso(lastError.at) } }),
    ...((verify ?? lastVerify ?? state.verifyRequestedAt) !== undefined && {
      verify: {
        running: verify !== undefined || state.verifyRequestedAt !== undefined,
        ...(lastVerify !== undefined && resultOf(lastVerify)),
      },
    }),
  };
}

function resultOf({
  because: _,
  at,
  ...found
}: NonNullable<MailboxState['lastVerify']>): VerifyFindings & { readonly at: string } {
  return { ...found, at: iso(at) };
}

const iso = (time: number) => new Date(time).toISOString();

function percentOf({ phase, dueClass, copied, about, catchingUp }: MailboxState): number {
  // A paused mailbox will resume in its earlier phase.
  const isBackfilled = phase === 'live' || (phase === 'paused' && !isBackfillClass(dueClass));
  // 100 % even if messages that failed are still missing.
  if (isBackfilled && !catchingUp) return 100;
  if (about === undefined) return 0;
  // 100 % only after the backfill: the number of messages is an estimate.
  return about === 0 ? 99 : Math.min(99, Math.floor((copied / about) * 100));
}

function progressOf({ copied, about, backfillPace }: MailboxState) {
  const rate = backfillPace?.rate ?? 0;
  if (about === undefined || rate === 0) return {};
  const timeLeft = Math.ceil((Math.max(0, about - copied) / rate) * 60);
  return { rate: Math.round(rate), timeLeft };
}
