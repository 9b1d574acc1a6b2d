import { type DueClass, type DueMailbox, isBackfillClass } from '../mailbox/mailbox-state.ts';
import { type QuotaProfile, unitsForJobs, unitsOfPoll } from '../mailbox/quota-profile.ts';

/** The share of the project's minute that is granted; the rest is for interactive calls. */
const minuteShare = 0.9;

/** Shares of what is granted: for new mailboxes, for comparisons, and for news that polls could not pay for. */
const [shareOfNew, shareOfVerify, shareOfNews] = [0.2, 0.1, 0.25];

/** For each such share of the minute that is granted, a poll gets units for one message less. */
const stepOfPolls = 1 / 6;

/** Ticks within which every new mailbox is admitted. */
const ticksForNew = 5;

/** The fewest messages that make a first job worth its claim. */
const minMessages = 5;

/**
 * The units of the project's minute, as one tick grants them. A grant counts whether it is spent or not. So if many
 * polls are due, later ones get fewer units in advance; their jobs find out what they need, and get it seconds later.
 */
export class ProjectMinute {
  /** Units of all grants of a minute together. */
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

  /** Whether a poll got no units for a message, so that some polls will be due again at once. */
  get isCrowded(): boolean {
    return this.#reservedForNews > 0;
  }

  /** The most new mailboxes that can be admitted. */
  get maxNew(): number {
    return Math.ceil(this.whole / this.#minOfFirst);
  }

  /** Reserves the share of new mailboxes, or as much of it as they want. */
  reserveForNew(wants: number): void {
    this.#reservedForNew = Math.min(wants, this.whole * shareOfNew);
  }

  /**
   * From now on, new mailboxes share what is left, so that each gets its first minute in time: the more there are and
   * the longer they wait, the less each gets.
   *
   * @param waited minutes that the first of them has waited
   */
  divideAmongNew(mailboxes: number, waited: number): void {
    this.#reservedForNew = 0;
    const ticks = Math.max(1, ticksForNew - Math.ceil(waited));
    const each = (this.#room('first') * ticks) / mailboxes;
    // Large jobs cost less than many small ones: if time allows, a few mailboxes get all they want.
    const isEnough = each >= unitsForJobs(this.#quota) * (ticks > 1 ? 1 / 2 : 3 / 4);
    this.#forEachNew = isEnough ? Number.POSITIVE_INFINITY : Math.max(this.#minOfFirst, Math.floor(each));
  }

  /** From now on, polls get what their jobs found they need. */
  releaseForNews(): void {
    this.#reservedForNews = 0;
    this.#isForNews = true;
  }

  /** Whether nothing can be granted to the class. */
  isSpent(dueClass: DueClass): boolean {
    const least = isBackfillClass(dueClass) ? this.#minOfFirst : this.#quota.prices.listHistory;
    return this.#room(dueClass) < least;
  }

  /**
   * Grants units to a mailbox.
   *
   * @returns 0 if the units left are of no use to it; others may need less
   */
  grant(due: DueMailbox): number {
    const units = this.#unitsFor(due);
    this.#left -= units;
    return units;
  }

  /** Refunds the grant of a mailbox that was not admitted. */
  refund(units: number): void {
    this.#left += units;
  }

  #unitsFor({ dueClass, wants }: DueMailbox): number {
    const wanted = Math.min(wants, unitsForJobs(this.#quota));
    if (dueClass === 'more') return this.#part(wanted, dueClass);
    if (dueClass === 'first') return this.#part(Math.min(wanted, this.#forEachNew), dueClass);
    return dueClass === 'verify' ? this.#unitsToVerify(wanted) : this.#unitsForPoll(wanted);
  }

  /** As much of it as is left, if that is worth a job. */
  #part(wanted: number, dueClass: DueClass): number {
    const least = isBackfillClass(dueClass) ? this.#minOfFirst : unitsOfPoll(this.#quota);
    const units = Math.floor(Math.min(wanted, this.#room(dueClass)));
    return units < Math.min(wanted, least) ? 0 : units;
  }

  /**
   * What is left of the share of comparisons; if that is too little, the mailbox is polled, and its comparison waits.
   */
  #unitsToVerify(wanted: number): number {
    const usual = unitsOfPoll(this.#quota);
    const units = this.#part(Math.floor(Math.min(wanted, this.#leftForVerify)), 'verify');
    if (units < Math.min(wanted, usual)) return this.#unitsForPoll(Math.min(wanted, usual));
    this.#leftForVerify -= units;
    return units;
  }

  #unitsForPoll(wanted: number): number {
    const { prices } = this.#quota;
    if (wanted > unitsOfPoll(this.#quota)) return this.#part(wanted, 'changes');
    // Units for two messages, then for one, then for none.
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

  /** The cursor, one page of the listing, and the newest messages. */
  get #minOfFirst(): number {
    const { getProfile, listMessages, getMessage } = this.#quota.prices;
    return getProfile + listMessages + minMessages * getMessage;
  }
}
