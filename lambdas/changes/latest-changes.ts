import type { MailboxKey } from '../copied-message.ts';
import { type ChangedMessage, isOfMessages } from './change.ts';
import type { FeedReader } from './feed.ts';
import { positionAt, positionOf } from './position.ts';

const pageSize = 100;

/**
 * Returns the latest change of each message of a mailbox that has changed since a moment.
 *
 * @param since epoch milliseconds
 * @returns by message ID; undefined if the message was deleted
 */
export async function latestChangesSince(
  since: number,
  { accountId, generation }: MailboxKey,
  feed: Pick<FeedReader, 'read'>,
): Promise<Map<string, ChangedMessage | undefined>> {
  const latest = new Map<string, ChangedMessage | undefined>();
  let after = positionAt(since);
  for (let more = true; more; ) {
    const page = await feed.read({ accountId }, { after, limit: pageSize });
    for (const change of page.changes) {
      after = positionOf(change);
      if (change.generation !== generation || !isOfMessages(change)) continue;
      if (change.type === 'deleted') for (const id of change.messageIds) latest.set(id, undefined);
      else for (const message of change.messages) latest.set(message.id, message);
    }
    more = page.more;
  }
  return latest;
}
