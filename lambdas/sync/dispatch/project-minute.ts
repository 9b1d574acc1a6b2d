import { type DueClass, type DueMailbox, isBackfillClass } from '../mailbox/mailbox-state.ts';
import { type QuotaProfile, unitsForJobs, usualWants } from '../mailbox/quota-profile.ts';

/** The share of the project's minute that is granted; the rest is left to interactive calls. */
const minuteShare = 0.9;

/** Shares of what is granted: of new mailboxes, of comparisons, and of news that polls could not pay for. */
const [shareOfNew, shareOfVerify, shareOfNews] = [0.2, 0.1, 0.25];

/** When this share of the minute is granted, polls get room for a message less; when twice as much is, for two. */
const stepOfPolls = 1 / 6;

/** Ticks in which every new mailbox is to be admitted. */
const ticksForNew = 5;

/** A first job that is worth its claim copies so many messages. */
const minMessages = 5;

/**
 * The units of the project's minute, as one tick grants them. A grant counts whether it is spent or not. So where many
 * polls are due, later ones get fewer units in advance: their jobs find out what they need, and get it seconds
 * later.
 */
export class ProjectMinute {
  /** Units that all grants of a minute may have together. */
  readonly whole: number;
  readonly #quota: QuotaProfile;
  #left: number;
  #leftForVerify: number;
  #reservedForNew = 0;
  #reservedForNews = 0;
  #isForNews = false;
  #forEachNew = Number.POSITIVE_INFINITY;

  /** @param granted units of the trailing minute that an earlier tick granted */
  constructor(quota: QuotaProfile, granted: number) {
    this.#quota = quota;
    this.whole = Math.floor(quota.unitsPerProjectMinute * minuteShare);
    this.#left = this.whole - granted;
    this.#leftForVerify = this.whole * shareOfVerify;
  }

  /** Whether a poll got room for no message, so that some will be due again at once. */
  get isCrowded(): boolean {
    return this.#reservedForNews > 0;
  }

  /** So many new mailboxes can be admitted at the most. */
  get maxNew(): number {
    return Math.ceil(this.whole / this.#minOfFirst);
  }

  /** Keeps the share of new mailboxes, or as much of it as they want. */
  reserveForNew(wants: number): void {
    this.#reservedForNew = Math.min(wants, this.whole * shareOfNew);
  }

  /**
   * From now on, new mailboxes share what is left, so that each has its first minute in time: the more there are and
   * the longer they wait, the less each gets.
   *
   * @param waited minutes that the first of them has waited
   */
  divideAmongNew(mailboxes: number, waited: number): void {
    this.#reservedForNew = 0;
    const ticks = Math.max(1, ticksForNew - Math.ceil(waited));
    const each = (this.#room('first') * ticks) / mailboxes;
    // Jobs that do much are cheaper than many that do little: as long as that will do, few have all they want.
    const isEnough = each >= unitsForJobs(this.#quota) * (ticks > 1 ? 1 / 2 : 3 / 4);
    this.#forEachNew = isEnough ? Number.POSITIVE_INFINITY : Math.max(this.#minOfFirst, Math.floor(each));
  }

  /** From now on, polls get what they found they need. */
  releaseForNews(): void {
    this.#reservedForNews = 0;
    this.#isForNews = true;
  }

  /** Whether no mailbox of the class could be granted anything. */
  isSpent(dueClass: DueClass): boolean {
    const least = isBackfillClass(dueClass) ? this.#minOfFirst : this.#quota.prices.listHistory;
    return this.#room(dueClass) < least;
  }

  /**
   * Grants units to a mailbox.
   *
   * @returns 0 where those that are left are no use to it; others may still do with less
   */
  grant(due: DueMailbox): number {
    const units = this.#unitsFor(due);
    this.#left -= units;
    return units;
  }

  /** Takes back what was granted to a mailbox that then was not admitted. */
  refund(units: number): void {
    this.#left += units;
  }

  #unitsFor({ dueClass, wants }: DueMailbox): number {
    const wanted = Math.min(wants, unitsForJobs(this.#quota));
    if (dueClass === 'more') return this.#part(wanted, dueClass);
    if (dueClass === 'first') return this.#part(Math.min(wanted, this.#forEachNew), dueClass);
    return dueClass === 'verify' ? this.#unitsToVerify(wanted) : this.#unitsForPoll(wanted);
  }

  /** As much of it as there is, if that is worth a job. */
  #part(wanted: number, dueClass: DueClass): number {
    const least = isBackfillClass(dueClass) ? this.#minOfFirst : usualWants(this.#quota);
    const units = Math.floor(Math.min(wanted, this.#room(dueClass)));
    return units < Math.min(wanted, least) ? 0 : units;
  }

  /** What the share of comparisons has; without that the mailbox is polled, and waits. */
  #unitsToVerify(wanted: number): number {
    const usual = usualWants(this.#quota);
    const units = this.#part(Math.floor(Math.min(wanted, this.#leftForVerify)), 'verify');
    if (units < Math.min(wanted, usual)) return this.#unitsForPoll(Math.min(wanted, usual));
    this.#leftForVerify -= units;
    return units;
  }

  #unitsForPoll(wanted: number): number {
    const { prices } = this.#quota;
    if (wanted > usualWants(this.#quota)) return this.#part(wanted, 'changes');
    // Room for two messages, then for one, then for none.
    const steps = Math.floor((this.whole - this.#left) / (this.whole * stepOfPolls));
    const units = Math.min(wanted, prices.listHistory + Math.max(0, 2 - steps) * prices.getMessage);
    if (units > this.#room('changes')) return 0;
    if (steps > 1 && !this.#isForNews) this.#reservedForNews = this.whole * shareOfNews;
    return units;
  }

  #room(dueClass: DueClass): number {
    const reserved = isBackfillClass(dueClass) ? 0 : this.#reservedForNew;
    return this.#left - reserved - this.#reservedForNews;
  }

  /** Cursor, one page of the listing, and the newest messages. */
  get #minOfFirst(): number {
    const { getProfile, listMessages, getMessage } = this.#quota.prices;
    return getProfile + listMessages + minMessages * getMessage;
  }
}
