import type { CopiedLabel, CopyStore, KnownMessage } from '../../copied-message.ts';
import type { MailboxState } from '../mailbox/mailbox-state.ts';
import type { QuotaProfile } from '../mailbox/quota-profile.ts';
import type { SyncGmail } from './sync-gmail.ts';
import { charged, type UnitBudget } from './unit-budget.ts';

/** What of a job keeps the names of labels. */
interface LabelJob {
  readonly gmail: Pick<SyncGmail, 'listLabels'>;
  readonly copy: CopyStore;
  readonly budget: UnitBudget;
  readonly prices: QuotaProfile['prices'];
  readonly clock: () => number;
  state: MailboxState;
}

/** A day in milliseconds, after which labels are listed again: the history does not contain renamed labels. */
const day = 86_400_000;

/** Gmail's own labels have their IDs as names, such as `INBOX` and `CATEGORY_UPDATES`. */
const systemLabel = /^[A-Z_]+$/;

/**
 * Keeps the names of labels in the copy: lists them once a day, and when a message has an unknown label. A job that
 * ends before it could list them removes `labelsAt` from the row, so that the next job does.
 */
export class LabelNames {
  /** Labels of messages written since the labels were listed. */
  readonly #seen = new Set<string>();
  #known: ReadonlySet<string> | undefined;

  /** Notes the labels of messages that are written. */
  note(messages: readonly KnownMessage[]): void {
    for (const id of messages.flatMap(({ labelIds }) => labelIds)) {
      if (!systemLabel.test(id)) this.#seen.add(id);
    }
  }

  /** Lists the labels if due. The last call of a job: its failure keeps no message from being copied. */
  async refresh(job: LabelJob): Promise<void> {
    const { labelsAt } = job.state;
    const isFresh = labelsAt !== undefined && job.clock() < labelsAt + day;
    if (isFresh && !(await this.#hasSeenUnknown(job))) return;
    await this.keep(await charged(job, job.prices.listLabels, () => job.gmail.listLabels()), job);
  }

  /** Stores the labels that Gmail has just listed. Unlisted ones are stored too, so that they are known. */
  async keep(labels: readonly CopiedLabel[], job: LabelJob): Promise<void> {
    const listed = new Set(labels.map(({ id }) => id));
    const others = [...this.#seen].filter((id) => !listed.has(id));
    await job.copy.putLabels(job.state, [...labels, ...others.map((id) => ({ id, type: 'user' as const }))]);
    this.#known = listed.union(new Set(others));
    this.#seen.clear();
    job.state = { ...job.state, labelsAt: job.clock() };
  }

  /** When the labels were listed, for the row; undefined if the next job must list them. */
  async labelsAt(job: Pick<LabelJob, 'copy' | 'state'>): Promise<number | undefined> {
    return (await this.#hasSeenUnknown(job)) ? undefined : job.state.labelsAt;
  }

  async #hasSeenUnknown({ copy, state }: Pick<LabelJob, 'copy' | 'state'>): Promise<boolean> {
    if (this.#seen.size === 0 || state.labelsAt === undefined) return false;
    this.#known ??= new Set((await copy.listLabels(state)).map(({ id }) => id));
    const known = this.#known;
    return this.#seen.values().some((id) => !known.has(id));
  }
}
