import type { MailboxKey } from '../copied-message.ts';
import type { ChangeBody } from './change.ts';
import type { FeedWriter } from './feed.ts';
import type { FeedTimes } from './feed-times.ts';
import { sequenceAfter } from './position.ts';

/** Tells one change of a mailbox; when it returns, the change stands in every feed that it belongs to. */
export type Announce = (body: ChangeBody) => Promise<void>;

export interface AnnounceDependencies {
  readonly feed: Pick<FeedWriter, 'newest' | 'append'>;
  readonly times: Pick<FeedTimes, 'write'>;
  readonly clock?: (() => number) | undefined;
}

/**
 * Tells the changes of one mailbox, for as long as nobody else does: a worker has the mailbox to itself, since the
 * sync queue's group is the account. So it is enough to look once where the account's feed ends.
 *
 * @param findOwner whose mailbox it is; asked before each change until it is somebody's, since an invitation may
 *   come at any time: what is told afterwards, its owner has to hear
 */
export function createAnnouncer(
  { accountId, generation }: MailboxKey,
  findOwner: () => Promise<string | undefined>,
  { feed, times, clock = Date.now }: AnnounceDependencies,
): Announce {
  let place: { last: string | undefined } | undefined;
  let owner: string | undefined;

  return async (body) => {
    // An owner stays until the generation ends.
    owner ??= await findOwner();
    place ??= { last: (await feed.newest(accountId))?.sequence };
    const at = clock();
    const sequence = sequenceAfter(place.last, at);
    // Used up even if the write fails: part of it may stand there all the same.
    place.last = sequence;
    const change = { accountId, generation, sequence, at, ...(owner !== undefined && { owner }), ...body };
    await feed.append(change, times.write);
  };
}
