import { randomUUID } from 'node:crypto';
import type { MailboxKey } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import type { Logger } from '../log.ts';
import { newMailboxState } from './connect.ts';
import type { MailboxStore } from './mailbox-state.ts';
import type { Metrics } from './metrics.ts';
import type { QuotaProfile } from './sync-gmail.ts';
import type { SyncMessage, SyncQueue } from './sync-queue.ts';

/** A grant, as much of it as the sweep looks at. */
export type SweptGrant = MailboxKey & { readonly status: string };

export interface SweepDependencies {
  readonly mailboxes: Pick<MailboxStore, 'scan' | 'create'>;
  /** Every grant, page by page. */
  readonly listGrants: () => AsyncIterable<readonly SweptGrant[]>;
  /** One grant, read consistently. */
  readonly findGrant: (accountId: string) => Promise<SweptGrant | undefined>;
  readonly queue: SyncQueue;
  readonly quota: QuotaProfile;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock?: () => number;
  readonly newId?: () => string;
}

/**
 * Once a day: gives every active grant a sync state, those from before there was a sync included, and asks again for
 * the erasure of copies whose generation has ended but whose state still stands.
 *
 * @throws Problem `storage_unavailable` when the queue does not take an erasure: no newer state then hides the old one
 */
export async function sweep(dependencies: SweepDependencies): Promise<void> {
  const { mailboxes, listGrants, quota, metrics, log, clock = Date.now } = dependencies;
  const grants = new Map<string, string>();
  for await (const page of listGrants()) {
    for (const { accountId, generation, status } of page)
      if (status === 'active') grants.set(accountId, generation);
  }
  const synced = new Set<string>();
  const erased = new Map<string, string>();
  let [paused, failed] = [0, 0];
  for await (const page of mailboxes.scan()) {
    paused += page.filter(({ phase }) => phase === 'paused').length;
    failed += page.reduce((sum, mailbox) => sum + mailbox.failed, 0);
    const ended = page.filter(({ accountId, generation }) => {
      synced.add(`${accountId}#${generation}`);
      return grants.get(accountId) !== generation;
    });
    for (const { accountId, generation } of await eraseEnded(ended, dependencies)) {
      erased.set(accountId, generation);
    }
  }
  let started = 0;
  for (const [accountId, generation] of grants) {
    if (synced.has(`${accountId}#${generation}`)) continue;
    // Meanwhile the account may have been disconnected, or connected anew.
    const grant = await dependencies.findGrant(accountId);
    if (grant?.generation !== generation || grant.status !== 'active') continue;
    const state = newMailboxState({ accountId, generation }, clock(), quota);
    if (await mailboxes.create(state, erased.get(accountId))) started += 1;
  }
  metrics({
    Mailboxes: { value: synced.size, unit: 'Count' },
    PausedMailboxes: { value: paused, unit: 'Count' },
    FailedMessages: { value: failed, unit: 'Count' },
  });
  log.info({ event: 'swept', erased: erased.size, started });
}

/**
 * Has those erased whose grant is still not there when it is looked at once more: it may have come since.
 *
 * @returns whose copies will be erased
 */
async function eraseEnded(
  suspects: readonly MailboxKey[],
  { findGrant, queue, newId = randomUUID }: SweepDependencies,
): Promise<readonly MailboxKey[]> {
  const messages: SyncMessage[] = [];
  for (const { accountId, generation } of suspects) {
    const grant = await findGrant(accountId);
    // A revoked grant keeps its copy: the person may consent again. A disconnect that was cut off does not.
    if (grant?.generation === generation && grant.status !== 'disconnecting') continue;
    messages.push({ kind: 'erase', accountId, generation, jobId: newId() });
  }
  const untaken = await queue.send(messages);
  if (untaken.length > 0) throw new Problem('storage_unavailable');
  return messages;
}
