import type { CopyStore } from '../../copied-message.ts';
import type { MailboxState } from '../mailbox/mailbox-state.ts';

/** A day in milliseconds, after which a count that took too long is tried again. */
const day = 86_400_000;

interface CopyCountOptions {
  /** The row's value at the beginning of the job. */
  readonly recountAt: number | undefined;
  /** Stores the mark in the row. */
  readonly mark: (progress: { readonly recountAt: number }) => Promise<void>;
  /** When a count must be done, epoch milliseconds: the job has other work. */
  readonly until: number;
  readonly clock: () => number;
}

/**
 * Keeps `copied` right even if a worker dies between a change of the copy and its count. A job sets a mark in the row
 * before it adds or deletes its first message; only the end of a job that knows its count removes the mark. A job that
 * finds the mark counts first. A caller that changes the copy must count the change as soon as the write has ended,
 * before anything else can fail.
 */
export class CopyCount {
  readonly #options: CopyCountOptions;
  #isMarked: boolean;
  #recountAt: number | undefined;
  #isUnfinished = false;

  constructor(options: CopyCountOptions) {
    this.#options = options;
    this.#isMarked = options.recountAt !== undefined;
    this.#recountAt = options.recountAt;
  }

  /** When the copy must be counted after this job; undefined if the count is right. */
  get recountAt(): number | undefined {
    // Part of a write that failed may have taken place.
    return this.#recountAt ?? (this.#isUnfinished ? this.#options.clock() : undefined);
  }

  /** Sets the mark, before messages are added or deleted. */
  async begin(): Promise<void> {
    await this.#mark();
    this.#isUnfinished = true;
  }

  /** All of them are added or deleted. */
  end(): void {
    this.#isUnfinished = false;
  }

  /** Counts the copy if due. A count that does not finish in time is postponed, since it would cost the same again. */
  async recount(job: { readonly copy: CopyStore; state: MailboxState }): Promise<void> {
    const { clock, until } = this.#options;
    const now = clock();
    if (this.#recountAt === undefined || now < this.#recountAt) return;
    const copied = await job.copy.count(job.state, until);
    this.#recountAt = copied === undefined ? now + day : undefined;
    if (copied !== undefined) job.state = { ...job.state, copied };
  }

  /** Requires a count: the copy lacked messages or had others, which may not have been counted. */
  async requireRecount(): Promise<void> {
    this.#recountAt ??= this.#options.clock();
    await this.#mark();
  }

  async #mark(): Promise<void> {
    if (!this.#isMarked) await this.#options.mark({ recountAt: this.#options.clock() });
    this.#isMarked = true;
  }
}
