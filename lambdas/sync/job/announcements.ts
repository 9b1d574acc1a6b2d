import type { Announce } from '../../changes/announce-changes.ts';
import type { ChangeBody, ChangedMessage } from '../../changes/change.ts';
import type { FeedReader } from '../../changes/feed.ts';
import { latestChangesSince } from '../../changes/latest-changes.ts';
import { changeOf, partsOf, partsOfIds } from '../../changes/message-parts.ts';
import type { CopyStore, KnownMessage, MailboxKey } from '../../copied-message.ts';
import type { Progress } from '../mailbox/mailbox-state.ts';

interface AnnouncementsOptions {
  readonly mailbox: MailboxKey;
  readonly feed: Pick<FeedReader, 'read'>;
  readonly announce: Announce;
  /** The row's value at the beginning of the job. */
  readonly toldSince: number | undefined;
  readonly save: (progress: Pick<Progress, 'toldSince'>) => Promise<void>;
  readonly clock: () => number;
}

/** A change in the feed that the copy does not contain. */
interface Difference {
  readonly id: string;
  /** undefined: the feed says that the message is deleted */
  readonly announced: ChangedMessage | undefined;
  readonly row: KnownMessage | undefined;
}

/**
 * Announces each change of a job before the job makes it. If a worker dies in between, the feed contains a change that
 * the copy does not. The next job makes the change again; but if Gmail has changed meanwhile and that part of its
 * history is lost, the difference would stay unnoticed. So a job sets a mark in its row before it announces its first
 * message. Only a job that knows feed and copy to agree removes it.
 */
export class Announcements {
  /** Whether an earlier job left the mark. */
  readonly isUncertain: boolean;
  /** Announces a change of the mailbox as a whole. */
  readonly announce: Announce;
  readonly #options: AnnouncementsOptions;
  #since: number | undefined;
  #isMarked: boolean;
  #isUnfinished = false;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
    this.announce = options.announce;
    this.isUncertain = options.toldSince !== undefined;
    this.#since = options.toldSince;
    this.#isMarked = this.isUncertain;
  }

  /** Announces a change of messages. The caller makes it next. */
  async begin(change: ChangeBody): Promise<void> {
    await this.#mark();
    this.#isUnfinished = true;
    await this.announce(change);
  }

  /** The announced change is made. */
  end(): void {
    this.#isUnfinished = false;
  }

  /** Announces the copied state of messages for which the feed differs. Needed when Gmail's history is lost. */
  async correctFeed(copy: CopyStore): Promise<void> {
    if (!this.isUncertain) return;
    // Messages announced as deleted are deleted at Gmail; the comparison deletes them from the copy.
    const differences = (await this.#differences(copy)).filter(({ announced }) => announced !== undefined);
    const absent = differences.filter(({ row }) => row === undefined).map(({ id }) => id);
    for (const messageIds of partsOfIds(absent)) await this.announce({ type: 'deleted', messageIds });
    for (const part of partsOf(differences.flatMap(({ row }) => row ?? []))) {
      await this.announce({ type: 'relabelled', messages: part.map(changeOf) });
    }
  }

  /**
   * The mark after the job: none if feed and copy agree.
   *
   * @param settled messages that may differ, since their later changes will be announced
   */
  async markAfterJob(
    copy: CopyStore,
    settled: () => Promise<{ has(id: string): boolean }>,
  ): Promise<number | undefined> {
    if (this.#isUnfinished) return this.#since;
    if (!this.isUncertain) return undefined;
    const [differences, ids] = [await this.#differences(copy), await settled()];
    return differences.every(({ id }) => ids.has(id)) ? undefined : this.#since;
  }

  async #mark(): Promise<void> {
    if (this.#isMarked) return;
    this.#since = this.#options.clock();
    await this.#options.save({ toldSince: this.#since });
    this.#isMarked = true;
  }

  async #differences(copy: CopyStore): Promise<Difference[]> {
    const { feed, mailbox, clock } = this.#options;
    const latest = await latestChangesSince(this.#since ?? clock(), mailbox, feed);
    const rows = await copy.findKnown(mailbox, [...latest.keys()]);
    return [...latest]
      .map(([id, announced]) => ({ id, announced, row: rows.get(id) }))
      .filter(({ announced, row }) => !agree(announced, row));
  }
}

function agree(announced: ChangedMessage | undefined, row: KnownMessage | undefined): boolean {
  if (announced === undefined || row === undefined) return announced === row;
  const { labelIds } = row;
  return (
    labelIds.length === announced.labelIds.length &&
    labelIds.every((label) => announced.labelIds.includes(label))
  );
}
