import type { Announce } from '../../changes/announce-changes.ts';
import { announcedCopy } from '../../changes/announced-copy.ts';
import type { ChangedMessage } from '../../changes/change.ts';
import type { FeedReader } from '../../changes/feed.ts';
import { statementsSince } from '../../changes/statements.ts';
import type { CopyStore, KnownMessage, MailboxKey } from '../../copied-message.ts';
import type { Progress } from '../mailbox/mailbox-state.ts';

export interface AnnouncementsOptions {
  readonly mailbox: MailboxKey;
  readonly feed: Pick<FeedReader, 'read'>;
  readonly announce: Announce;
  /** What the mailbox's row says at the beginning of the job. */
  readonly toldSince: number | undefined;
  readonly save: (progress: Progress) => Promise<void>;
  readonly clock: () => number;
}

/** A statement of the feed that the copy does not bear out. */
interface WrongStatement {
  readonly id: string;
  /** undefined: that the message is deleted */
  readonly announced: ChangedMessage | undefined;
  readonly row: KnownMessage | undefined;
}

/**
 * Tells what a job does, before it does it. A worker may die in between, and then the feed says what the copy does not
 * hold. The next job does the same again, and all is well; but where Gmail has changed meanwhile and its history of it
 * is lost, nobody would ever know. So before a job tells of its first message, its row gets a mark, which only the end
 * of a job takes away that knows feed and copy to agree.
 */
export class Announcements {
  /** Whether an earlier job has left the mark. */
  readonly isUncertain: boolean;
  /** Tells what becomes of the mailbox as a whole. */
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

  /** The copy, each write of which is told before. */
  wrap(copy: CopyStore): CopyStore {
    return announcedCopy(copy, async (change, write) => {
      await this.mark();
      this.#isUnfinished = true;
      await this.announce(change);
      const result = await write();
      this.#isUnfinished = false;
      return result;
    });
  }

  /** Writes the mark, unless it stands, with what else is to be written. */
  async mark(progress: Progress = {}): Promise<void> {
    if (this.#isMarked && Object.keys(progress).length === 0) return;
    this.#since ??= this.#options.clock();
    await this.#options.save(this.#isMarked ? progress : { ...progress, toldSince: this.#since });
    this.#isMarked = true;
  }

  /** Tells what the copy holds of messages of which the feed says otherwise: for when Gmail's history is lost. */
  async correctFeed(copy: CopyStore): Promise<void> {
    if (!this.isUncertain) return;
    // What was told to be deleted is deleted at Gmail; whatever finds it in the copy deletes it there.
    const wrongStatements = (await this.#wrongStatements(copy)).filter(
      ({ announced }) => announced !== undefined,
    );
    const unwritten = { ...copy, delete: async () => {}, updateLabels: async () => new Set<string>() };
    const announcements = announcedCopy(unwritten, async (change, write) => {
      await this.announce(change);
      return write();
    });
    const { mailbox } = this.#options;
    await announcements.delete(
      mailbox,
      wrongStatements.flatMap(({ id, row }) => (row === undefined ? [id] : [])),
    );
    await announcements.updateLabels(
      mailbox,
      wrongStatements.flatMap(({ row }) => row ?? []),
    );
  }

  /**
   * The mark as the job leaves it: none, if feed and copy agree.
   *
   * @param settled messages of which it does not matter: whatever becomes of them is told
   */
  async markAfterJob(
    copy: CopyStore,
    settled: () => Promise<{ has(id: string): boolean }>,
  ): Promise<number | undefined> {
    if (this.#isUnfinished) return this.#since;
    if (!this.isUncertain) return undefined;
    const [wrongStatements, ids] = [await this.#wrongStatements(copy), await settled()];
    return wrongStatements.every(({ id }) => ids.has(id)) ? undefined : this.#since;
  }

  async #wrongStatements(copy: CopyStore): Promise<WrongStatement[]> {
    const { feed, mailbox, clock } = this.#options;
    const statements = await statementsSince(this.#since ?? clock(), mailbox, feed);
    const rows = await copy.findKnown(mailbox, [...statements.keys()]);
    return [...statements]
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
