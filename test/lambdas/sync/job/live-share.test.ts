import { describe, expect, test } from 'vitest';
import { Problem } from '../../../../lambdas/errors.ts';
import type { LiveUnitsReader } from '../../../../lambdas/sync/job/live-share.ts';
import { testStart } from '../../../support/doubles/clock.ts';
import { claim, open, run } from '../one-job.ts';

const minute = 60_000;

/** Live units by the minute in which they were taken: the one of the job, and the one before. */
function taken(current: number, before = 0): LiveUnitsReader {
  return { read: async (_, startsAt) => (startsAt === testStart ? current : before) };
}

/** Runs a job of a backfill that may use a whole minute. */
async function runBeside(live: LiveUnitsReader, into = 0, units = claim.units) {
  const backfill = { phase: 'backfill', dueClass: 'more', claim: { ...claim, units } } as const;
  const opened = open(400, { ...backfill, historyId: undefined });
  opened.clock.pass(into);
  return run(opened, { live });
}

/** How many messages such a job copies. */
const copiedBeside = async (...given: Parameters<typeof runBeside>) =>
  (await runBeside(...given)).state.copied;

describe('a job leaves out what live calls have taken of the trailing minute', () => {
  test('and nearly half of it for the next ones, once there are live calls', async () => {
    const whole = await copiedBeside(taken(0));
    expect(await copiedBeside(taken(5))).toBe(whole - 120);
    expect(await copiedBeside(taken(0, 5), minute / 2)).toBe(whole - 120);
    expect(await copiedBeside(taken(1_400))).toBe(whole - 140);
  });

  test('of the minute before, only the part that may be less than a minute ago', async () => {
    const whole = await copiedBeside(taken(0));
    expect(await copiedBeside(taken(0, 1_400))).toBe(whole - 140);
    expect(await copiedBeside(taken(300, 2_800), minute / 2)).toBe(whole - 140);
  });

  test('but for a twentieth of the minute, which it may use in any case', async () => {
    expect(await copiedBeside(taken(6_000, 6_000))).toBeGreaterThan(10);
  });

  test('and the next claim reserves no more than that for it', async () => {
    expect((await runBeside(taken(5))).state.wants).toBe(3_300);
  });

  test('unless that cannot be read', async () => {
    const read = async () => Promise.reject(new Problem('storage_unavailable'));
    expect(await copiedBeside({ read })).toBe(await copiedBeside(taken(0)));
  });

  test('and does not ask for a poll, which they leave room for', async () => {
    const read = async () => Promise.reject(new Error('A poll has asked.'));
    const opened = open(1, { phase: 'live', claim: { ...claim, units: 42 } });
    const { log, state } = await run(opened, { live: { read } });
    expect(state.copied).toBe(1);
    expect(log.lines.map(({ event }) => event)).not.toContain('live units not read');
  });
});
