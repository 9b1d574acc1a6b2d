import type { CopiedLabel, CopyStore, KnownMessage } from '../../copied-message.ts';
import { charged, type Job } from './job.ts';

/** Milliseconds of a day, after which names are asked for again: no history tells of a label that was renamed. */
const day = 86_400_000;

/** Gmail's own labels are named by their IDs, such as `INBOX` and `CATEGORY_UPDATES`. */
const systemLabel = /^[A-Z_]+$/;

/**
 * Keeps the names of labels with the copy: asked for once a day, and when a message has a label that is not among
 * them. A job that ends before it could ask removes `labelsAt` from the row, so that the next job asks.
 */
export class LabelNames {
  /** Labels of the messages that this job has written since it asked. */
  readonly #seen = new Set<string>();
  #known: ReadonlySet<string> | undefined;

  /** The copy, of whose writes the labels are noted. */
  wrap(copy: CopyStore): CopyStore {
    const note = (messages: readonly KnownMessage[]) => {
      for (const { labelIds } of messages)
        for (const id of labelIds) if (!systemLabel.test(id)) this.#seen.add(id);
    };
    return {
      ...copy,
      putAbsent: (mailbox, messages) => {
        note(messages);
        return copy.putAbsent(mailbox, messages);
      },
      replace: (mailbox, message) => {
        note([message]);
        return copy.replace(mailbox, message);
      },
      overwrite: (mailbox, message, historyId) => {
        note([message]);
        return copy.overwrite(mailbox, message, historyId);
      },
      updateLabels: (mailbox, messages) => {
        note(messages);
        return copy.updateLabels(mailbox, messages);
      },
    };
  }

  /** Asks Gmail for the names, if it is time. Called last: a fault there keeps no message from being copied. */
  async refresh(job: Job): Promise<void> {
    const { labelsAt } = job.state;
    const isFresh = labelsAt !== undefined && job.clock() < labelsAt + day;
    if (isFresh && !(await this.#hasSeenUnknown(job))) return;
    await this.keep(await charged(job, job.prices.listLabels, () => job.gmail.listLabels()), job);
  }

  /** Keeps the labels that Gmail has just listed. One that it does not list is kept too, so that it is known. */
  async keep(labels: readonly CopiedLabel[], job: Job): Promise<void> {
    const listed = new Set(labels.map(({ id }) => id));
    const others = [...this.#seen].filter((id) => !listed.has(id));
    await job.copy.putLabels(job.state, [...labels, ...others.map((id) => ({ id, type: 'user' as const }))]);
    this.#known = listed.union(new Set(others));
    this.#seen.clear();
    job.state = { ...job.state, labelsAt: job.clock() };
  }

  /** When the names were asked for, as the job leaves it; undefined: the next job is to ask. */
  async labelsAt(job: Pick<Job, 'copy' | 'state'>): Promise<number | undefined> {
    return (await this.#hasSeenUnknown(job)) ? undefined : job.state.labelsAt;
  }

  async #hasSeenUnknown({ copy, state }: Pick<Job, 'copy' | 'state'>): Promise<boolean> {
    if (this.#seen.size === 0 || state.labelsAt === undefined) return false;
    this.#known ??= new Set((await copy.listLabels(state)).map(({ id }) => id));
    const known = this.#known;
    return this.#seen.values().some((id) => !known.has(id));
  }
}
