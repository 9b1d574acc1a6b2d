import type { MailboxKey } from '../copied-message.ts';
import type { ChangeBody } from './change.ts';
import type { FeedWriter } from './feed.ts';
import type { FeedTimes } from './feed-times.ts';
import { sequenceAfter } from './position.ts';

/** Announces one change of a mailbox: when it returns, every feed that the change belongs to contains it. */
export type Announce = (body: ChangeBody) => Promise<void>;

export interface AnnounceDependencies {
  readonly feed: Pick<FeedWriter, 'newest' | 'append'>;
  readonly times: Pick<FeedTimes, 'write'>;
  readonly clock?: (() => number) | undefined;
}

/**
 * Creates the announcer of one mailbox. The caller must be the only writer of the account's feed, as a worker is: the
 * sync queue's group is the account. So the end of the account's feed is read only once.
 *
 * @param findOwner finds the mailbox's owner; called before each change until there is one, since an invitation may
 * come at any time, and later changes must reach its owner
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
    // Used even if the write fails: part of it may have taken place.
    place.last = sequence;
    const change = { accountId, generation, sequence, at, ...(owner !== undefined && { owner }), ...body };
    await feed.append(change, times.write);
  };
}
