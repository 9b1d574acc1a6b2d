import { expect, test } from 'vitest';
import { quotaProfiles } from '../../../lambdas/google/quota-prices.ts';
import { createLiveUnits, LiveUnitsSpent } from '../../../lambdas/live/live-units.ts';
import type { Mailbox } from '../../../lambdas/live/mailbox.ts';
import { unitsBesideLive, wantsBesideLive } from '../../../lambdas/sync/job/live-share.ts';
import { unitsForJobs } from '../../../lambdas/sync/mailbox/quota-profile.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';

const quota = quotaProfiles['2026'];
const whole = quota.unitsPerUserMinute;
const [second, minute] = [1_000, 60_000];
const mailbox = { accountId: 'account-1', generation: 'generation-1' };

interface Spend {
  readonly at: number;
  readonly units: number;
}

/** The most units of any 60 seconds. */
const mostOf = (spends: readonly Spend[]) =>
  Math.max(...spends.map(({ at: start }) => sumBetween(spends, start, start + minute)));

function sumBetween(spends: readonly Spend[], start: number, end: number): number {
  return spends.filter(({ at }) => at >= start && at < end).reduce((sum, { units }) => sum + units, 0);
}

/**
 * Ten minutes of a mailbox whose user lists live as often as that is answered, from the third minute on beside a sync
 * that has work for all of its minute: a job a minute, begun so many seconds into it.
 */
async function tenMinutes(jobsAt: number) {
  const clock = testClock();
  const rows = new Map<number, number>();
  const live: Spend[] = [];
  const jobs: Spend[] = [];
  let wants = 42;
  let running: { readonly grant: number; readonly endsAt: number } | undefined;
  const open = createLiveUnits({
    ...{ quota, minute, clock },
    store: {
      add: async (_, startsAt, units) => {
        rows.set(startsAt, (rows.get(startsAt) ?? 0) + units);
        return rows.get(startsAt) ?? 0;
      },
    },
    unitsOfSync: async (_, now) => {
      const reserved = running !== undefined && running.endsAt > now ? running.grant : 0;
      const ended = reserved > 0 ? jobs.slice(0, -1) : jobs;
      return { trailing: reserved + sumBetween(ended, now - minute + 1, now + 1), wants };
    },
    log: { warn: () => expect.fail('The units were not counted.') },
  });
  const list = async () => {
    const units = open(mailbox, 'listMessages');
    const { listMessages } = units.over({
      listMessages: async () => ({ messages: [] }),
    } as unknown as Mailbox);
    await listMessages({});
    live.push({ at: clock(), units: quota.prices.listMessages });
  };
  for (let passed = 0; passed < 10 * minute; passed += second) {
    if (passed === 2 * minute + jobsAt * second) wants = unitsForJobs(quota);
    if (passed >= 2 * minute && passed % minute === jobsAt * second) {
      const read = async (_: unknown, startsAt: number) => rows.get(startsAt) ?? 0;
      const limit = await unitsBesideLive(mailbox, clock(), minute, { quota, live: { read } });
      running = { grant: wants, endsAt: clock() + 20 * second };
      jobs.push({ at: clock(), units: Math.min(limit, wants) });
      wants = wantsBesideLive(unitsForJobs(quota), limit, quota);
    }
    // Late in one minute and early in the next, so that 60 seconds contain both.
    const isLate = Math.floor(passed / minute) % 2 === 0;
    const asks = !isLate || passed % minute >= (jobsAt - 1) * second;
    for (let isOpen = asks; isOpen; ) {
      isOpen = await list().then(
        () => true,
        (error) => {
          if (error instanceof LiveUnitsSpent) return false;
          throw error;
        },
      );
    }
    clock.pass(second);
  }
  const later = (spends: readonly Spend[]) =>
    sumBetween(spends, testStart + 5 * minute, testStart + 10 * minute) / 5;
  return { most: mostOf([...live, ...jobs]), live: later(live), jobs: later(jobs) };
}

test.each([0, 1, 15, 29, 30, 31, 45, 59])(
  'greedy live calls and a job at second %d of each minute keep to the minute, and each gets its share',
  async (jobsAt) => {
    const { most, live, jobs } = await tenMinutes(jobsAt);
    expect(most).toBeLessThanOrEqual(whole);
    expect(jobs).toBeGreaterThanOrEqual(0.4 * whole);
    expect(live).toBeGreaterThanOrEqual(0.19 * whole);
  },
);
