import * as v from 'valibot';

const prices2026 = {
  getProfile: 1,
  'messages.list': 5,
  'messages.get': 20,
  'attachments.get': 20,
  'threads.list': 10,
  'threads.get': 40,
  'labels.list': 1,
  'labels.get': 1,
  'history.list': 2,
};

/** A Gmail method that the local Google serves. */
export type GmailMethod = keyof typeof prices2026;

/**
 * The price of each Gmail method in quota units, since May 2026 and for older projects (Google, “Gmail API: Usage
 * limits”, November 2026).
 */
export const prices: Readonly<Record<'2026' | 'legacy', Readonly<Record<GmailMethod, number>>>> = {
  '2026': prices2026,
  legacy: { ...prices2026, 'messages.get': 5, 'attachments.get': 5, 'threads.get': 10 },
};

const limit = v.pipe(v.number(), v.integer(), v.minValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));

/** Some of Google's limits for a project and each of its users. */
export const quotaSchema = v.strictObject({
  profile: v.exactOptional(v.picklist(['2026', 'legacy'])),
  unitsPerUserMinute: v.exactOptional(limit),
  unitsPerProjectMinute: v.exactOptional(limit),
  /** `null`: no limit. */
  unitsPerProjectDay: v.exactOptional(v.nullable(limit)),
  /** The length of the quota's minute in seconds: 60, or less for a fast test. */
  minuteSeconds: v.exactOptional(v.pipe(v.number(), v.gtValue(0))),
  /** `aligned`: by the clock's minutes; `shifted`: the same half a minute off; `sliding`: the last 60 seconds. */
  window: v.exactOptional(v.picklist(['aligned', 'shifted', 'sliding'])),
  /** How many concurrent calls a user may have. Google does not publish its number. */
  concurrentPerUser: v.exactOptional(count),
  /** How many parts of a batch run concurrently, each a call of the user. Google does not publish it either. */
  partsAtOnce: v.exactOptional(count),
  /** How long a single call takes, in milliseconds; without it, calls would never overlap. */
  latencyMs: v.exactOptional(limit),
});

/** All limits. */
export type Quota = Readonly<Required<v.InferOutput<typeof quotaSchema>>>;

const limits = {
  '2026': { unitsPerUserMinute: 6_000, unitsPerProjectMinute: 1_200_000, unitsPerProjectDay: 80_000_000 },
  legacy: { unitsPerUserMinute: 15_000, unitsPerProjectMinute: 1_200_000, unitsPerProjectDay: null },
} as const;

/** Returns a quota: the given values, and Google's limits of the profile for the rest. */
export function quotaOf(given: Partial<Quota> = {}): Quota {
  const profile = given.profile ?? '2026';
  const manners = { minuteSeconds: 60, window: 'aligned', concurrentPerUser: 10, partsAtOnce: 1 } as const;
  return { profile, ...limits[profile], ...manners, latencyMs: 5, ...given };
}

/** Why a call was refused. */
export type Refusal =
  | 'userRateLimitExceeded'
  | 'rateLimitExceeded'
  | 'dailyLimitExceeded'
  | 'tooManyConcurrentRequests';

/** Spent units by user, and refused calls. */
export interface Usage {
  units: number;
  readonly calls: Record<string, number>;
  readonly unitsByAccount: Record<string, number>;
  readonly refusals: Record<string, number>;
}

const day = 24 * 60 * 60 * 1000;

/** Enforces the quota and counts usage. */
export class QuotaKeeper {
  readonly #clock: () => number;
  #quota: Quota;
  #users = new Map<string, Meter>();
  #project = new Meter();
  #day = new Meter();
  readonly #underWay = new Map<string, number>();
  #usage = newUsage();

  constructor(quota: Quota, clock: () => number) {
    this.#quota = quota;
    this.#clock = clock;
  }

  get quota(): Quota {
    return this.#quota;
  }

  /** Sets another quota; usage under the old one is forgotten. */
  set quota(quota: Quota) {
    this.#quota = quota;
    this.#users = new Map();
    this.#project = new Meter();
    this.#day = new Meter();
  }

  get usage(): Usage {
    return this.#usage;
  }

  /** Resets the usage counters, but not the limits' own meters. */
  forgetUsage(): void {
    this.#usage = newUsage();
  }

  /**
   * Charges a call and occupies one of the user's concurrent slots, or returns why not. A refused call costs nothing.
   * Each admitted call must be followed by `release`.
   */
  admit(user: string, method: GmailMethod): Refusal | undefined {
    const refusal = this.#judge(user, prices[this.#quota.profile][method]);
    const { calls, refusals } = this.#usage;
    if (refusal === undefined) calls[method] = (calls[method] ?? 0) + 1;
    else refusals[refusal] = (refusals[refusal] ?? 0) + 1;
    return refusal;
  }

  /** Frees the user's slot. */
  release(user: string): void {
    this.#underWay.set(user, (this.#underWay.get(user) ?? 1) - 1);
  }

  #judge(user: string, units: number): Refusal | undefined {
    const { unitsPerUserMinute, unitsPerProjectMinute, unitsPerProjectDay, concurrentPerUser } = this.#quota;
    const now = this.#clock();
    const start = this.#windowStart(now);
    const meter = this.#users.get(user) ?? new Meter();
    this.#users.set(user, meter);
    const underWay = this.#underWay.get(user) ?? 0;
    if (underWay >= concurrentPerUser) return 'tooManyConcurrentRequests';
    if (meter.since(start) + units > unitsPerUserMinute) return 'userRateLimitExceeded';
    if (this.#project.since(start) + units > unitsPerProjectMinute) return 'rateLimitExceeded';
    if (unitsPerProjectDay !== null && this.#day.since(now - (now % day)) + units > unitsPerProjectDay) {
      return 'dailyLimitExceeded';
    }
    for (const charged of [meter, this.#project, this.#day]) charged.add(now, units);
    this.#underWay.set(user, underWay + 1);
    this.#usage.units += units;
    this.#usage.unitsByAccount[user] = (this.#usage.unitsByAccount[user] ?? 0) + units;
    return undefined;
  }

  #windowStart(now: number): number {
    const length = this.#quota.minuteSeconds * 1000;
    if (this.#quota.window === 'sliding') return now - length;
    const shift = this.#quota.window === 'shifted' ? length / 2 : 0;
    return now - ((now + shift) % length);
  }
}

/** Recently spent units. Windows only move forward, so older units are dropped for good. */
class Meter {
  #charges: { readonly at: number; units: number }[] = [];
  #units = 0;

  since(start: number): number {
    const gone = this.#charges.findIndex(({ at }) => at >= start);
    const dropped = this.#charges.splice(0, gone === -1 ? this.#charges.length : gone);
    for (const { units } of dropped) this.#units -= units;
    return this.#units;
  }

  add(at: number, units: number): void {
    const last = this.#charges.at(-1);
    if (last?.at === at) last.units += units;
    else this.#charges.push({ at, units });
    this.#units += units;
  }
}

function newUsage(): Usage {
  return { units: 0, calls: {}, unitsByAccount: {}, refusals: {} };
}
