import * as v from 'valibot';
import { createMailboxesTable } from '../../lambdas/aws/mailboxes-table.ts';
import { createMessagesTable } from '../../lambdas/aws/messages-table.ts';
import type { MailboxKey } from '../../lambdas/copied-message.ts';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { newMailboxState } from '../../lambdas/sync/mailbox/connect.ts';
import type { MailboxState } from '../../lambdas/sync/mailbox/mailbox-state.ts';
import { totalUnits } from '../../lambdas/sync/mailbox/quota-ledger.ts';
import { unitsForJobs } from '../../lambdas/sync/mailbox/quota-profile.ts';
import { endlessId, endlessMessage } from '../sync-model/endless-mailbox.ts';
import type { GrowingSite } from './growing-site.ts';

/** A connected mailbox whose copy the benchmark writes. */
export interface GrowingMailbox {
  readonly key: MailboxKey;
  /** The session cookie of the person whose mailbox it is. */
  readonly session: string;
  /** Lets the copy hold so many messages, no fewer than before. */
  fill(size: number): Promise<void>;
  /** Deletes the messages from this number on, of so many. */
  cut(from: number, to: number): Promise<void>;
  /** Lets the mailbox stand like this, with all units of a minute granted to the job of this name. */
  claim(jobId: string, state: Partial<MailboxState>): Promise<void>;
  /** How many messages the last job says are copied, and how many units it spent. */
  ended(): Promise<{ readonly copied: number; readonly units: number; readonly isDone: boolean }>;
}

/** When the messages came: a minute apart. */
export const dateOf = (number: number) => Date.UTC(2020, 0, 1) + number * 60_000;

/** Messages written at a time. */
const chunk = 1_000;

const quota = quotaProfiles['2026'];
const keySchema = v.object({ accountId: v.string(), generation: v.string() });

/** Connects a mailbox, and has none of its messages in the copy. */
export async function openGrowingMailbox({ site, documents }: GrowingSite): Promise<GrowingMailbox> {
  await site.forget('grants');
  const browser = await site.connected({ account: 'grace@example.com' });
  const key = v.parse(keySchema, (await site.items('grants'))[0]);
  const { tableNames } = site.aws;
  const copy = createMessagesTable(documents, tableNames.messages);
  const mailboxes = createMailboxesTable(documents, tableNames.mailboxes);
  let filled = 0;
  const idsOf = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from) }, (_, index) => ({
      id: endlessId(from + index),
      internalDate: dateOf(from + index),
    }));
  return {
    key,
    session: browser.cookie('localhost', 'session') ?? '',
    fill: async (size) => {
      for (; filled < size; filled = Math.min(size, filled + chunk)) {
        const messages = idsOf(filled, Math.min(size, filled + chunk));
        await copy.putAbsent(
          key,
          messages.map(({ id, internalDate }) => ({ ...endlessMessage(id), internalDate })),
        );
      }
    },
    cut: (from, to) =>
      copy.delete(
        key,
        idsOf(from, to).map(({ id }) => id),
      ),
    claim: async (jobId, state) => {
      const now = Date.now();
      const claim = { jobId, units: unitsForJobs(quota), claimedAt: now };
      const fresh = { ...newMailboxState(key, now, quota), historyId: '1000', verifiedAt: now };
      if (!(await mailboxes.create({ ...fresh, claim, ...state }, key.generation)))
        throw new Error('The mailbox is gone.');
    },
    ended: async () => {
      const state = await mailboxes.find(key.accountId);
      if (state === undefined || state.claim !== undefined) throw new Error('The job did not end.');
      if (state.lastError !== undefined) throw new Error(`The job failed: ${state.lastError.code}.`);
      const { copied, spends, phase, verify } = state;
      const units = totalUnits(spends.filter(({ mark }) => mark === undefined));
      return { copied, units, isDone: phase === 'live' && verify === undefined };
    },
  };
}
