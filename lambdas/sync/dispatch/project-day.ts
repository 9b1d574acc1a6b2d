import {
  type DueClass,
  type DueMailbox,
  isBackfillClass,
  type MailboxState,
} from '../mailbox/mailbox-state.ts';
import { quotaDay } from '../mailbox/quota-day.ts';
import { lastJobWasBackfill, uncountedUnits } from '../mailbox/quota-ledger.ts';
import type { UsageStore } from './usage.ts';

/** The share of the day that is reserved for changes and comparisons. */
const dayShareOfChanges = 0.6;

/** The units of the project's day, as one tick charges them. */
export class ProjectDay {
  readonly #usage: Pick<UsageStore, 'readDay' | 'addToDay'>;
  readonly #day: string;
  readonly #limit: number;
  #before = { all: 0, backfill: 0 };
  /** What this tick has charged, and what of that is not written yet. */
  readonly #charged = { all: 0, backfill: 0 };
  #unwritten = { all: 0, backfill: 0 };

  /** @param limit units of a day */
  constructor(usage: Pick<UsageStore, 'readDay' | 'addToDay'>, scheduledAt: number, limit: number) {
    this.#usage = usage;
    this.#day = quotaDay(scheduledAt);
    this.#limit = limit;
  }

  async read(): Promise<void> {
    this.#before = await this.#usage.readDay(this.#day);
  }

  /** Units of the day that are spent or granted. */
  get units(): number {
    return this.#before.all + this.#charged.all;
  }

  left(dueClass: DueClass): number {
    const all = this.#limit - this.units;
    if (!isBackfillClass(dueClass)) return all;
    const share = this.#limit * (1 - dayShareOfChanges);
    return Math.min(all, share - this.#before.backfill - this.#charged.backfill);
  }

  /** Charges the day, or refunds it: a grant, and what the last job spent. */
  add({ dueClass, spends }: DueMailbox, granted: number, spent: number): void {
    const isBackfill = isBackfillClass(dueClass);
    const backfill = (isBackfill ? granted : 0) + (isBackfill || lastJobWasBackfill(spends) ? spent : 0);
    for (const sums of [this.#charged, this.#unwritten]) {
      sums.all += granted + spent;
      sums.backfill += backfill;
    }
  }

  /** Units that the day does not contain yet. A refund of the last job applies only on the day of its grant. */
  uncounted(claimed: Pick<MailboxState, 'spends' | 'quietPoll'>): number {
    const units = uncountedUnits(claimed);
    const grantedAt = claimed.spends.at(-1)?.at;
    return units < 0 && grantedAt !== undefined && quotaDay(grantedAt) !== this.#day ? 0 : units;
  }

  async write(): Promise<void> {
    const units = this.#unwritten;
    if (units.all === 0 && units.backfill === 0) return;
    // If the write fails, it may have taken place: a refund made twice would lose units of the count.
    this.#unwritten = { all: Math.max(0, units.all), backfill: Math.max(0, units.backfill) };
    await this.#usage.addToDay(this.#day, units);
    this.#unwritten = { all: 0, backfill: 0 };
  }
}
