import type { MailboxKey } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import { describeError, type Logger } from '../log.ts';
import type { Mailbox } from './mailbox.ts';

/** What the calls of the live room cost, and what a mailbox has, in Gmail's units. */
export interface LiveQuota {
  readonly unitsPerUserMinute: number;
  readonly prices: Readonly<Record<'listMessages' | 'getMessage' | 'listLabels', number>>;
}

/** The units that live calls of a mailbox have taken. */
export interface LiveUnitsStore {
  /**
   * Adds units to those of a minute, however many requests do so at once.
   *
   * @param startsAt when that minute begins, epoch milliseconds
   * @returns the units of that minute, these included
   */
  add(mailbox: MailboxKey, startsAt: number, units: number): Promise<number>;
}

/** Units of the sync of a mailbox. */
export interface UnitsOfSync {
  /** Spent in the trailing minute, or reserved for the job that runs. */
  readonly trailing: number;
  /** What the next job can use. */
  readonly wants: number;
}

/** @param minute milliseconds */
export type ReadUnitsOfSync = (mailbox: MailboxKey, now: number, minute: number) => Promise<UnitsOfSync>;

export interface LiveUnitsOptions {
  readonly quota: LiveQuota;
  /** The length of the quota's minute, milliseconds. */
  readonly minute: number;
  readonly store: LiveUnitsStore;
  /** undefined: nothing is copied. */
  readonly unitsOfSync: ReadUnitsOfSync | undefined;
  readonly log: Pick<Logger, 'warn'>;
  readonly clock?: () => number;
}

/** Opens Gmail's units for one request. */
export type OpenLiveUnits = (mailbox: MailboxKey, first: keyof LiveQuota['prices']) => LiveUnits;

/** The share of a mailbox's minute that is live's whatever the sync does: what jobs leave of it. */
const ownShare = 0.05;

/**
 * What live calls and the sync may use together of any 60 seconds, and live calls without a sync of each minute of the
 * clock.
 */
const sharedShare = 0.95;

/** What a sync with work to do is left of the minute, however much live calls ask for: what its jobs take beside them. */
const shareOfSync = 0.55;

/** A listing that goes on takes the units of so many pages at once, so that it is not counted page by page. */
const pagesAtOnce = 10;

/** The live calls of this mailbox have had their share of its minute. */
export class LiveUnitsSpent extends Problem {
  constructor(retryAfterSeconds: number) {
    const seconds = `${retryAfterSeconds} ${retryAfterSeconds === 1 ? 'second' : 'seconds'}`;
    super('rate_limited', {
      retryAfterSeconds,
      detail: `Live requests have used up their share of this mailbox’s quota at Gmail. Try again in ${seconds}.`,
    });
  }
}

/** The units that one request may spend on its mailbox. */
export interface LiveUnits {
  /** Resolves when the first call is counted, or cannot be. */
  readonly ready: Promise<unknown>;
  /** Charges each call before it is made. The calls throw LiveUnitsSpent too. */
  over(mailbox: Mailbox): Mailbox;
}

/**
 * Gives live calls a share of a mailbox's minute, so that a caller in a loop uses up neither what the sync needs nor the
 * project's. A share that cannot be counted is given: Gmail has limits of its own, and listing must not fail for a counter.
 */
export function createLiveUnits(options: LiveUnitsOptions): OpenLiveUnits {
  const { quota, minute, store, unitsOfSync, log, clock = Date.now } = options;
  const { unitsPerUserMinute: whole, prices } = quota;

  async function limitOf(mailbox: MailboxKey, counted: number, now: number): Promise<number> {
    if (unitsOfSync === undefined) return whole * sharedShare;
    // Most requests stay within what is theirs in any case, and need not ask.
    if (counted <= whole * ownShare) return whole * ownShare;
    const { trailing, wants } = await unitsOfSync(mailbox, now, minute);
    const ofSync = Math.max(trailing, Math.min(wants, whole * shareOfSync));
    const left = Math.round(whole * sharedShare - ofSync);
    // Counted by the minutes of the clock: any 60 seconds can hold what two of those have.
    return Math.max(whole * ownShare, left / 2);
  }

  const uncounted = createUncountedUnits(prices.getMessage);

  /** @returns how many of the units may be spent: all, fewer but not fewer than `least`, or none */
  async function take(mailbox: MailboxKey, units: number, least: number): Promise<number> {
    const now = clock();
    const startsAt = now - (now % minute);
    const due = uncounted.dueWith(mailbox, startsAt, units);
    if (due === 0) return units;
    try {
      const counted = await store.add(mailbox, startsAt, due);
      const room = Math.floor((await limitOf(mailbox, counted, now)) - (counted - units));
      if (room >= units) return units;
      const granted = room >= least ? room : 0;
      // What does not fit leaves the rest to smaller requests.
      if (room > 0) await store.add(mailbox, startsAt, granted - units);
      return granted;
    } catch (error) {
      const { accountId } = mailbox;
      log.warn({ event: 'live units not counted', accountId, ...describeError(error) });
      return units;
    }
  }

  return (key, first) => {
    // Counted while the caller's grant is read.
    const ready = take(key, prices[first], prices[first]);
    let left: number | undefined;

    /** @returns how many units there are now: at least `least`, and up to `most` if the mailbox has as many */
    async function reserve(least: number, most: number): Promise<number> {
      if (left === undefined) left = await ready;
      else if (left < most) left += await take(key, most - left, Math.max(0, least - left));
      if (left >= least) return left;
      throw new LiveUnitsSpent(Math.max(1, Math.ceil((minute - (clock() % minute)) / 1_000)));
    }

    async function charge(units: number, portion = units): Promise<void> {
      left = (await reserve(units, (left ?? units) < units ? portion : units)) - units;
    }

    let pages = 0;
    return {
      ready,
      over: (mailbox) => ({
        listMessages: async (query) => {
          const { listMessages } = prices;
          await charge(listMessages, pages++ > 0 ? pagesAtOnce * listMessages : listMessages);
          return mailbox.listMessages(query);
        },
        getMessage: async (id, format) => {
          await charge(prices.getMessage);
          return mailbox.getMessage(id, format);
        },
        listLabels: async () => {
          await charge(prices.listLabels);
          return mailbox.listLabels();
        },
        getSummaries: async (ids) => {
          const { getMessage } = prices;
          const reserved = await reserve(getMessage, ids.length * getMessage);
          const affordable = ids.slice(0, Math.floor(reserved / getMessage));
          left = reserved - affordable.length * getMessage;
          const batch = await mailbox.getSummaries(affordable);
          return { ...batch, hindered: batch.hindered || affordable.length < ids.length };
        },
      }),
    };
  };
}

/**
 * The first units that a process spends in a mailbox's minute, up to what a message costs, are counted only once it
 * spends more there: an occasional request writes nothing.
 */
function createUncountedUnits(most: number) {
  let minuteOf: number | undefined;
  let mailboxes = new Map<string, number | 'counted'>();
  return {
    /** @returns how many units are to be counted now that some more are to be spent, those from before among them */
    dueWith: ({ accountId }: MailboxKey, startsAt: number, units: number): number => {
      if (minuteOf !== startsAt) mailboxes = new Map();
      minuteOf = startsAt;
      const before = mailboxes.get(accountId) ?? 0;
      if (before === 'counted') return units;
      const isFew = before + units <= most;
      mailboxes.set(accountId, isFew ? before + units : 'counted');
      return isFew ? 0 : before + units;
    },
  };
}
