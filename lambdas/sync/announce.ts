import { randomUUID } from 'node:crypto';
import type { Change } from '../changes/change.ts';
import type { FeedReader } from '../changes/feed.ts';
import { positionAt, positionOf } from '../changes/position.ts';
import { createTeller, type TellDependencies } from '../changes/tell-changes.ts';
import type { MailboxKey } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import type { OwnedMailbox, SyncQueue } from './sync-queue.ts';

/**
 * Has the change feed told that a mailbox is connected. It comes after whatever job runs on the mailbox, and before
 * every job that is admitted later.
 *
 * @throws Problem `storage_unavailable` when the queue does not take it
 */
export async function announceConnected(
  { accountId, generation, owner }: OwnedMailbox,
  queue: SyncQueue,
  newId: () => string = randomUUID,
): Promise<void> {
  const untaken = await queue.send([{ kind: 'connected', accountId, generation, owner, jobId: newId() }]);
  if (untaken.length > 0) throw new Problem('storage_unavailable');
}

type FindOwner = (mailbox: MailboxKey) => Promise<string | undefined>;

/** The change feed, as whoever tells of a consent needs it. */
export interface AnnouncementFeed extends TellDependencies {
  readonly feed: TellDependencies['feed'] & Pick<FeedReader, 'read'>;
}

/**
 * Tells that a mailbox is connected; not once its end is told, as when whoever stored the consent was held up, or the
 * message comes from the dead letters: it would be taken for connected for ever.
 *
 * @param findOwner whose mailbox it is, where that is not said
 * @throws Problem `storage_unavailable`; the queue delivers the message again
 */
export async function tellConnected(
  mailbox: OwnedMailbox,
  changes: AnnouncementFeed,
  findOwner: FindOwner,
): Promise<void> {
  if (await isToldToHaveEnded(mailbox, changes.feed)) return;
  const tell = createTeller(mailbox, async () => mailbox.owner ?? findOwner(mailbox), changes);
  await tell({ type: 'connected' });
}

/**
 * Tells that a mailbox is connected, unless that is told: for its first job, since what the consent sent may be among
 * the dead letters, and whoever follows the feed is to hear of a mailbox before they hear of its messages.
 *
 * @param delivery how often the queue has delivered the job: a worker that died may have told some feeds only
 * @throws Problem `storage_unavailable`; the queue delivers the job again
 */
export async function tellConnectedOnce(
  mailbox: MailboxKey,
  delivery: number,
  changes: AnnouncementFeed,
  findOwner: FindOwner,
): Promise<void> {
  const newest = await changes.feed.newest(mailbox.accountId);
  if (newest?.generation === mailbox.generation && delivery === 1) return;
  await tellConnected(mailbox, changes, findOwner);
}

/** Changes read at a time. */
const pageSize = 500;

async function isToldToHaveEnded(
  { accountId, generation }: MailboxKey,
  feed: AnnouncementFeed['feed'],
): Promise<boolean> {
  const newest = await feed.newest(accountId);
  const isEnd = (change: Change) => change.generation === generation && change.type === 'disconnected';
  if (newest === undefined || newest.generation === generation) return newest !== undefined && isEnd(newest);
  // Of another generation: the one before, or one that was connected since.
  let after = positionAt(0);
  for (let more = true; more; ) {
    const page = await feed.read({ accountId }, { after, limit: pageSize });
    if (page.changes.some(isEnd)) return true;
    after = page.changes.reduce((_, change) => positionOf(change), after);
    more = page.more;
  }
  return false;
}
