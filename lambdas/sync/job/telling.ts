import type { ChangedMessage } from '../../changes/change.ts';
import type { FeedReader } from '../../changes/feed.ts';
import { statementsSince } from '../../changes/statements.ts';
import type { Tell } from '../../changes/tell-changes.ts';
import { toldCopy } from '../../changes/told-copy.ts';
import type { CopyStore, KnownMessage, MailboxKey } from '../../copied-message.ts';
import type { Progress } from '../mailbox/mailbox-state.ts';

export interface TellingOptions {
  readonly mailbox: MailboxKey;
  readonly feed: Pick<FeedReader, 'read'>;
  readonly tell: Tell;
  /** What the mailbox's row says at the beginning of the job. */
  readonly toldSince: number | undefined;
  readonly save: (progress: Progress) => Promise<void>;
  readonly clock: () => number;
}

/** A statement of the feed that the copy does not bear out. */
interface Untruth {
  readonly id: string;
  /** undefined: that the message is deleted */
  readonly told: ChangedMessage | undefined;
  readonly row: KnownMessage | undefined;
}

/**
 * Tells what a job does, before it does it. A worker may die in between, and then the feed says what the copy does not
 * hold. The next job does the same again, and all is well; but where Gmail has changed meanwhile and its history of it
 * is lost, nobody would ever know. So before a job tells of its first message, its row gets a mark, which only the end
 * of a job takes away that knows feed and copy to agree.
 */
export class Telling {
  /** Whether an earlier job has left the mark. */
  readonly inDoubt: boolean;
  /** Tells what becomes of the mailbox as a whole. */
  readonly tell: Tell;
  readonly #options: TellingOptions;
  #since: number | undefined;
  #isMarked: boolean;
  #isUnfinished = false;

  constructor(options: TellingOptions) {
    this.#options = options;
    this.tell = options.tell;
    this.inDoubt = options.toldSince !== undefined;
    this.#since = options.toldSince;
    this.#isMarked = this.inDoubt;
  }

  /** The copy, each write of which is told before. */
  over(copy: CopyStore): CopyStore {
    return toldCopy(copy, async (change, write) => {
      await this.mark();
      this.#isUnfinished = true;
      await this.tell(change);
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
  async setRight(copy: CopyStore): Promise<void> {
    if (!this.inDoubt) return;
    // What was told to be deleted is deleted at Gmail; whatever finds it in the copy deletes it there.
    const untruths = (await this.#untruths(copy)).filter(({ told }) => told !== undefined);
    const unwritten = { ...copy, delete: async () => {}, updateLabels: async () => new Set<string>() };
    const telling = toldCopy(unwritten, async (change, write) => {
      await this.tell(change);
      return write();
    });
    const { mailbox } = this.#options;
    await telling.delete(
      mailbox,
      untruths.flatMap(({ id, row }) => (row === undefined ? [id] : [])),
    );
    await telling.updateLabels(
      mailbox,
      untruths.flatMap(({ row }) => row ?? []),
    );
  }

  /**
   * The mark as the job leaves it: none, if feed and copy agree.
   *
   * @param settled messages of which it does not matter: whatever becomes of them is told
   */
  async markLeft(
    copy: CopyStore,
    settled: () => Promise<{ has(id: string): boolean }>,
  ): Promise<number | undefined> {
    if (this.#isUnfinished) return this.#since;
    if (!this.inDoubt) return undefined;
    const [untruths, ids] = [await this.#untruths(copy), await settled()];
    return untruths.every(({ id }) => ids.has(id)) ? undefined : this.#since;
  }

  async #untruths(copy: CopyStore): Promise<Untruth[]> {
    const { feed, mailbox, clock } = this.#options;
    const statements = await statementsSince(this.#since ?? clock(), mailbox, feed);
    const rows = await copy.findKnown(mailbox, [...statements.keys()]);
    return [...statements]
      .map(([id, told]) => ({ id, told, row: rows.get(id) }))
      .filter(({ told, row }) => !agree(told, row));
  }
}

function agree(told: ChangedMessage | undefined, row: KnownMessage | undefined): boolean {
  if (told === undefined || row === undefined) return told === row;
  const { labelIds } = row;
  return labelIds.length === told.labelIds.length && labelIds.every((label) => told.labelIds.includes(label));
}
