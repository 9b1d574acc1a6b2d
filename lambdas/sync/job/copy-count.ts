import type { CopyStore } from '../../copied-message.ts';
import type { Job } from './job.ts';

/** Milliseconds of a day, after which a count that took too long is tried again. */
const day = 86_400_000;

export interface CopyCountOptions {
  /** What the mailbox's row says at the beginning of the job. */
  readonly recountAt: number | undefined;
  /** Writes the mark into the row. */
  readonly mark: (progress: { readonly recountAt: number }) => Promise<void>;
  /** A count must be done by then, epoch milliseconds: the job has other things to do. */
  readonly until: number;
  readonly clock: () => number;
}

/**
 * Keeps the number of copied messages right though a worker may die between a change of the copy and the count of
 * it: before a job adds or deletes its first message, the row gets a mark, which only the end of a job that knows its
 * count takes away. A job that finds the mark counts anew before it begins. Whoever changes the copy counts what
 * changed as soon as the write has ended, before anything else can fail.
 */
export class CopyCount {
  readonly #options: CopyCountOptions;
  #isMarked: boolean;
  #recountAt: number | undefined;

  constructor(options: CopyCountOptions) {
    this.#options = options;
    this.#isMarked = options.recountAt !== undefined;
    this.#recountAt = options.recountAt;
  }

  /** When the copy must be counted, as the job leaves it; undefined: its count is right. */
  get recountAt(): number | undefined {
    return this.#recountAt;
  }

  /** The copy, before whose first change the row is marked. */
  wrap(copy: CopyStore): CopyStore {
    return {
      ...copy,
      putAbsent: (mailbox, messages) =>
        this.#change(messages.length, () => copy.putAbsent(mailbox, messages)),
      delete: (mailbox, ids) => this.#change(ids.length, () => copy.delete(mailbox, ids)),
    };
  }

  /** Counts the copy, if its time has come. A count that is not done in time is put off, since it costs the same again. */
  async recount(job: Pick<Job, 'copy' | 'state'>): Promise<void> {
    const { clock, until } = this.#options;
    const now = clock();
    if (this.#recountAt === undefined || now < this.#recountAt) return;
    const copied = await job.copy.count(job.state, until);
    this.#recountAt = copied === undefined ? now + day : undefined;
    if (copied !== undefined) job.state = { ...job.state, copied };
  }

  /** The copy turned out to have lost messages, or to hold others: nobody knows whether those were counted. */
  async requireRecount(): Promise<void> {
    this.#recountAt ??= this.#options.clock();
    await this.#mark();
  }

  async #mark(): Promise<void> {
    if (!this.#isMarked) await this.#options.mark({ recountAt: this.#options.clock() });
    this.#isMarked = true;
  }

  async #change<Result>(rows: number, write: () => Promise<Result>): Promise<Result> {
    if (rows === 0) return write();
    await this.#mark();
    try {
      return await write();
    } catch (error) {
      // Some of it may be done.
      this.#recountAt ??= this.#options.clock();
      throw error;
    }
  }
}
