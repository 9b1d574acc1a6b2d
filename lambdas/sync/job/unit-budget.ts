import type { LedgerEntry } from '../mailbox/mailbox-state.ts';
import { compactLedger, totalUnits } from '../mailbox/quota-ledger.ts';

/** The job has used up its units or its time. The next job does the rest. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
  /** Units of known work that is left to the next job. */
  readonly needs: number;
  /** Whether the grant was too small, rather than the mailbox's minute or the time. */
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
   * Waits, for seconds at most, until some units can be spent.
   *
   * @param known units of all known work, for the next job if this one must end
   * @returns how many can be spent now, from `min` to `max`
   * @throws BudgetSpent
   */
  room(min: number, max: number, known?: number): Promise<number>;
  /** Charges the units, then makes the call. */
  spend<Answer>(units: number, call: () => Promise<Answer>): Promise<Answer>;
  /**
   * Charges the running call again, since it is repeated.
   *
   * @throws BudgetSpent if there is no room for it
   */
  chargeAgain(): Promise<void>;
  /**
   * Checks the time, for work that costs no units.
   *
   * @throws BudgetSpent if the job's time is over
   */
  checkTime(): void;
  /** The entries for the row: those of the trailing minute, and those that the daily quota does not contain yet. */
  spends(): readonly LedgerEntry[];
}

interface UnitBudgetOptions {
  /** Units that this job may spend. */
  readonly grant: number;
  /** Units that may be spent in any trailing minute of this mailbox. */
  readonly limit: number;
  readonly past: readonly LedgerEntry[];
  /** Milliseconds. */
  readonly minute: number;
  /** After this moment the job begins nothing more. */
  readonly endsAt: number;
  readonly clock: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/**
 * The budget of one job. Google does not say when its minutes begin, so the limit holds for every trailing minute: a
 * unit is available again a minute after its call has ended.
 */
export function createUnitBudget(options: UnitBudgetOptions): UnitBudget {
  const { limit, minute, endsAt, clock, sleep } = options;
  let left = options.grant;
  let spends: readonly LedgerEntry[] = options.past;
  let expired: readonly LedgerEntry[] = [];
  // Ticks come a little early or late; the next job waits longer.
  let patience = minute / 4;

  /** Of entries older than the minute, only those that the day must still count are kept, as one entry. */
  const trailing = () => {
    const now = clock();
    const isExpired = ({ at }: LedgerEntry) => at + minute <= now;
    expired = compactLedger([...expired, ...spends.filter(isExpired)], now, minute);
    spends = spends.filter((spend) => !isExpired(spend));
    return spends;
  };

  /** When `units` will be available: the earliest entries expire first. */
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
      // A timer may end a little early, so the clock decides.
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

/** Charges a call to the job's budget: waits for room, charges, then calls. */
export async function charged<Answer>(
  job: { readonly budget: UnitBudget },
  units: number,
  call: () => Promise<Answer>,
): Promise<Answer> {
  await job.budget.room(units, units);
  return job.budget.spend(units, call);
}
