import type { Spend } from './mailbox-state.ts';
import type { QuotaProfile } from './sync-gmail.ts';

/** The job has spent what it may, in units or in time. What is left is for the next one. */
export class BudgetSpent extends Error {
  override readonly name = 'BudgetSpent';
}

/** The quota units that one job may spend. */
export interface UnitBudget {
  /**
   * Waits, for seconds at the most, until some units can be spent.
   *
   * @returns how many can be spent now: at least `least`, at most `most`
   * @throws BudgetSpent
   */
  room(least: number, most: number): Promise<number>;
  /** Charges the units, then makes the call. */
  spend<Answer>(units: number, call: () => Promise<Answer>): Promise<Answer>;
  /** What the trailing minute holds now. */
  spends(): Spend[];
}

export interface UnitBudgetOptions {
  /** Units that this job may spend in all. */
  readonly grant: number;
  /** Units that may stand in any trailing minute of this mailbox. */
  readonly limit: number;
  readonly past: readonly Spend[];
  /** Milliseconds. */
  readonly minute: number;
  /** After this moment nothing more is begun. */
  readonly endsAt: number;
  readonly clock: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** The share of a mailbox's minute that jobs may use; the rest is left to interactive listing. */
const jobsShare = 0.95;

/** Units that jobs may spend on one mailbox in any minute. */
export function unitsForJobs({ unitsPerUserMinute }: Pick<QuotaProfile, 'unitsPerUserMinute'>): number {
  return Math.floor(unitsPerUserMinute * jobsShare);
}

/**
 * The budget of one job. Google does not say where its minutes begin, so the limit holds for every trailing minute:
 * a unit comes back a minute after the call that spent it had ended.
 */
export function createUnitBudget(options: UnitBudgetOptions): UnitBudget {
  const { limit, minute, endsAt, clock, sleep } = options;
  let left = options.grant;
  let spends: Spend[] = [...options.past];
  // Ticks come a little early or late; a longer wait is left to the next job.
  let patience = minute / 4;

  const trailing = () => {
    spends = spends.filter(({ at }) => at + minute > clock());
    return spends.reduce((sum, { units }) => sum + units, 0);
  };

  /** When `units` will be free: the earliest spends give theirs back first. */
  const freeAt = (units: number) => {
    let missing = trailing() + units - limit;
    for (const spend of spends.toSorted((one, other) => one.at - other.at)) {
      if (missing <= 0) break;
      missing -= spend.units;
      if (missing <= 0) return spend.at + minute;
    }
    return clock();
  };

  return {
    room: async (least, most) => {
      if (left < least || least > limit) throw new BudgetSpent();
      // A timer may end a little early: what counts is the clock.
      for (let wait = freeAt(least) - clock(); wait > 0; wait = freeAt(least) - clock()) {
        if (wait > patience || clock() + wait >= endsAt) throw new BudgetSpent();
        patience -= wait;
        await sleep(wait);
      }
      if (clock() >= endsAt) throw new BudgetSpent();
      return Math.min(most, left, limit - trailing());
    },
    spend: async (units, call) => {
      left -= units;
      const charge = { at: Number.POSITIVE_INFINITY, units };
      spends.push(charge);
      try {
        return await call();
      } finally {
        charge.at = clock();
      }
    },
    spends: () => {
      trailing();
      return inSteps(spends, minute / 60);
    },
  };
}

/** Spends that lie close together as one, at the later moment, so that the row stays small. */
function inSteps(spends: readonly Spend[], step: number): Spend[] {
  const steps = new Map<number, Spend>();
  for (const { at, units } of spends) {
    const key = Math.ceil(at / step);
    const sum = steps.get(key);
    steps.set(key, { at: Math.max(at, sum?.at ?? 0), units: units + (sum?.units ?? 0) });
  }
  return [...steps.values()];
}
