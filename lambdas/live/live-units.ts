import type { MailboxKey } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import { describeError, type Logger } from '../log.ts';
import { minShare, shareBesideLive, sharedShare } from '../minute-shares.ts';
import type { Mailbox } from './mailbox.ts';

interface LiveQuota {
  readonly unitsPerUserMinute: number;
  readonly prices: Readonly<Record<'listMessages' | 'getMessage' | 'listLabels', number>>;
}

/** Counts the units that a mailbox's live calls have used. */
export interface LiveUnitsStore {
  /**
   * Adds units to a minute's counter atomically.
   *
   * @param startsAt when that minute begins, epoch milliseconds
   * @returns the units of that minute, including these
   */
  add(mailbox: MailboxKey, startsAt: number, units: number): Promise<number>;
}

interface UnitsOfSync {
  /** Spent in the trailing minute, or reserved for the running job. */
  readonly trailing: number;
  /** What the next job can use. */
  readonly wants: number;
}

/** @param minute milliseconds */
export type ReadUnitsOfSync = (mailbox: MailboxKey, now: number, minute: number) => Promise<UnitsOfSync>;

export interface LiveUnitsOptions {
  readonly quota: LiveQuota;
  /** The length of the quota's minute, in milliseconds. */
  readonly minute: number;
  readonly store: LiveUnitsStore;
  /** undefined: mail is not copied. */
  readonly unitsOfSync: ReadUnitsOfSync | undefined;
  readonly log: Pick<Logger, 'warn'>;
  readonly clock?: () => number;
}

export type OpenLiveUnits = (mailbox: MailboxKey, first: keyof LiveQuota['prices']) => LiveUnits;

/**
 * A listing of several pages reserves the units of this many pages at once, so that not every page writes a counter.
 */
const pagesAtOnce = 10;

/** Live calls have used their share of this mailbox's minute. */
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
interface LiveUnits {
  /** Resolves when the first call is counted or its count has failed. */
  readonly ready: Promise<unknown>;
  /** Charges each call before it is made. The calls also throw LiveUnitsSpent. */
  over(mailbox: Mailbox): Mailbox;
}

/**
 * Limits live calls to a share of a mailbox's minute, so that a caller in a loop starves neither the sync nor other
 * mailboxes. If the counter fails, the call is allowed: Gmail enforces its own limits, and a listing must not fail
 * because of a counter.
 */
export function createLiveUnits(options: LiveUnitsOptions): OpenLiveUnits {
  const { quota, minute, store, unitsOfSync, log, clock = Date.now } = options;
  const { unitsPerUserMinute: whole, prices } = quota;

  async function limitOf(mailbox: MailboxKey, counted: number, now: number): Promise<number> {
    // Without a sync, live calls may use all of it in each clock minute.
    if (unitsOfSync === undefined) return whole * sharedShare;
    // Most requests stay within the reserved share and need not read the sync's units.
    if (counted <= whole * minShare) return whole * minShare;
    const { trailing, wants } = await unitsOfSync(mailbox, now, minute);
    const ofSync = Math.max(trailing, Math.min(wants, whole * shareBesideLive));
    const left = Math.round(whole * sharedShare - ofSync);
    return Math.max(whole * minShare, left / 2);
  }

  const uncounted = createUncountedUnits(prices.getMessage);

  /** @returns how many units may be spent: all, fewer but at least `least`, or none */
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
      // Return the units that do not fit, so that smaller requests can use them.
      if (room > 0) await store.add(mailbox, startsAt, granted - units);
      return granted;
    } catch (error) {
      const { accountId } = mailbox;
      log.warn({ event: 'live units not counted', accountId, ...describeError(error) });
      return units;
    }
  }

  return (key, first) => {
    // Counted while the access token is read.
    const ready = take(key, prices[first], prices[first]);
    let left: number | undefined;

    /** @returns how many units are now reserved: at least `least`, and at most `most` */
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
 * The first units that a process spends in a mailbox's minute, up to the price of a message, are counted only when more
 * follow. So an occasional request writes nothing.
 */
function createUncountedUnits(most: number) {
  let minuteOf: number | undefined;
  let mailboxes = new Map<string, number | 'counted'>();
  return {
    /** @returns the units to count now, including earlier uncounted ones */
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
