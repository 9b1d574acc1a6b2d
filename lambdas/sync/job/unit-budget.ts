import type { LedgerEntry } from '../mailbox/mailbox-state.ts';
import { compactLedger, totalUnits } from '../mailbox/quota-ledger.ts';

/** The job has spent what it may, in units or in time. What is left is for the next one. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
  /** Units of the work that the job knows of and leaves to the next one. */
  readonly needs: number;
  /** Whether the grant was too small: the mailbox's minute and the time would have allowed more. */
  readonly isGrantSpent: boolean;

  constructor(needs = 0, isGrantSpent = false) {
    super();
    this.needs = needs;
    this.isGrantSpent = isGrantSpent;
  }
}

/** The quota units that one job may spend. */
export interface UnitBudget {
  /**
   * Waits, for seconds at the most, until some units can be spent.
   *
   * @param known units of all the work that is known, for the next job if this one must end
   * @returns how many can be spent now: at least `least`, at most `most`
   * @throws BudgetSpent
   */
  room(min: number, max: number, known?: number): Promise<number>;
  /** Charges the units, then makes the call. */
  spend<Answer>(units: number, call: () => Promise<Answer>): Promise<Answer>;
  /**
   * Charges the call that is under way once more, since it is made again.
   *
   * @throws BudgetSpent when there is no room for it
   */
  chargeAgain(): Promise<void>;
  /**
   * For work that costs no units, yet takes time.
   *
   * @throws BudgetSpent when the job's time is over
   */
  checkTime(): void;
  /** What the row must know: what the trailing minute holds now, and what the day does not hold yet. */
  spends(): readonly LedgerEntry[];
}

export interface UnitBudgetOptions {
  /** Units that this job may spend in all. */
  readonly grant: number;
  /** Units that may stand in any trailing minute of this mailbox. */
  readonly limit: number;
  readonly past: readonly LedgerEntry[];
  /** Milliseconds. */
  readonly minute: number;
  /** After this moment nothing more is begun. */
  readonly endsAt: number;
  readonly clock: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/**
 * The budget of one job. Google does not say where its minutes begin, so the limit holds for every trailing minute:
 * a unit comes back a minute after the call that spent it had ended.
 */
export function createUnitBudget(options: UnitBudgetOptions): UnitBudget {
  const { limit, minute, endsAt, clock, sleep } = options;
  let left = options.grant;
  let spends: readonly LedgerEntry[] = options.past;
  let expired: readonly LedgerEntry[] = [];
  // Ticks come a little early or late; a longer wait is left to the next job.
  let patience = minute / 4;

  /** Of what the minute no longer holds, only what the day must still count is kept, in one entry. */
  const trailing = () => {
    const now = clock();
    const isExpired = ({ at }: LedgerEntry) => at + minute <= now;
    expired = compactLedger([...expired, ...spends.filter(isExpired)], now, minute);
    spends = spends.filter((spend) => !isExpired(spend));
    return spends;
  };

  /** When `units` will be free: the earliest spends give theirs back first. */
  const freeAt = (units: number) => {
    const counting = trailing();
    let missing = totalUnits(counting) + units - limit;
    for (const spend of counting.toSorted((one, other) => one.at - other.at)) {
      if (missing <= 0) break;
      missing -= spend.units;
      if (missing <= 0) return spend.at + minute;
    }
    return clock();
  };

  const checkTime = () => {
    if (clock() >= endsAt) throw new BudgetSpent();
  };

  let underWay: { units: number } | undefined;
  let repeated = 0;

  const budget: UnitBudget = {
    room: async (min, max, known = max) => {
      if (left < min || min > limit) throw new BudgetSpent(known, min <= limit);
      // A timer may end a little early: what counts is the clock.
      for (let wait = freeAt(min) - clock(); wait > 0; wait = freeAt(min) - clock()) {
        if (wait > patience || clock() + wait >= endsAt) throw new BudgetSpent(known);
        patience -= wait;
        await sleep(wait);
      }
      if (clock() >= endsAt) throw new BudgetSpent(known);
      return Math.min(max, left, limit - totalUnits(trailing()));
    },
    spend: async (units, call) => {
      left -= units;
      const charge = { at: Number.POSITIVE_INFINITY, units };
      spends = [...spends, charge];
      underWay = charge;
      repeated = units;
      try {
        return await call();
      } finally {
        charge.at = clock();
        underWay = undefined;
      }
    },
    chargeAgain: async () => {
      if (underWay === undefined) return;
      await budget.room(repeated, repeated);
      left -= repeated;
      underWay.units += repeated;
    },
    checkTime,
    spends: () => compactLedger([...trailing(), ...expired], clock(), minute),
  };
  return budget;
}
