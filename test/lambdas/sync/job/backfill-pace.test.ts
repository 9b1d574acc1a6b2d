import { expect, test } from 'vitest';
import { Problem } from '../../../../lambdas/errors.ts';
import { nextBackfillPace } from '../../../../lambdas/sync/job/backfill-pace.ts';
import type { Ending } from '../../../../lambdas/sync/job/job-outcome.ts';
import type { BackfillPace } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { testStart } from '../../../support/doubles/clock.ts';
import { stateOf } from '../memory-mailboxes.ts';

const minute = 60_000;
const pace = { minute, poll: minute, quietPoll: 5 * minute, verifyEvery: 604_800_000 };
const failed: Ending = { kind: 'problem', problem: new Problem('google_unavailable') };

/** A backfill, job after job: `after` minutes since the one before, `copied` more messages. */
function backfill(...jobs: readonly { after: number; copied: number; ending?: Ending }[]) {
  let at = testStart;
  let state = stateOf({ phase: 'backfill', copied: 0, connectedAt: testStart });
  for (const { after, copied, ending = { kind: 'spent', needs: 0, isGrantSpent: false } as const } of jobs) {
    at += after * minute;
    const done = { ...state, copied: state.copied + copied };
    state = { ...done, backfillPace: nextBackfillPace(state, done, { ending, claimedAt: at, pace }) };
  }
  return state.backfillPace;
}

test('the first job of a backfill gives the messages of a minute', () => {
  expect(backfill({ after: 0, copied: 290 })).toEqual({ at: testStart, copied: 290, rate: 290 });
});

test('the minutes in which others had their turn count', () => {
  expect(backfill({ after: 0, copied: 300 }, { after: 5, copied: 300 })?.rate).toBe(300 + 0.25 * (60 - 300));
});

test('after some jobs the rate is the one of late', () => {
  const [slow, fast] = [
    { after: 1, copied: 50 },
    { after: 1, copied: 300 },
  ];
  const rate = backfill(...Array(10).fill(slow), ...Array(15).fill(fast))?.rate ?? 0;
  expect(rate).toBeGreaterThan(290);
  expect(rate).toBeLessThan(300);
});

test('a pause, or an outage that is longer than a lease, does not make it slower', () => {
  expect(backfill({ after: 0, copied: 300 }, { after: 600, copied: 300 })?.rate).toBe(300);
  const outage = Array(20).fill({ after: 5, copied: 0, ending: failed });
  expect(backfill({ after: 0, copied: 300 }, ...outage, { after: 1, copied: 300 })?.rate).toBe(300);
});

test('what a job copied that then failed counts with the next', () => {
  const jobs = [
    { after: 0, copied: 300 },
    { after: 1, copied: 250, ending: failed },
    { after: 1, copied: 350 },
  ];
  expect(backfill(...jobs)?.rate).toBe(300);
});

test('in an environment whose minute is shorter, a minute is still a minute of the clock', () => {
  const state = stateOf({ phase: 'backfill', copied: 0 });
  const done = { ...state, copied: 300 };
  const fast = { ...pace, minute: 1_000 };
  const after = nextBackfillPace(state, done, {
    ending: { kind: 'spent', needs: 0, isGrantSpent: false },
    claimedAt: testStart,
    pace: fast,
  });
  expect(after?.rate).toBe(18_000);
});

test('there is none once the mailbox is live', () => {
  const last: BackfillPace = { at: testStart, copied: 10, rate: 10 };
  const before = stateOf({ phase: 'backfill', backfillPace: last });
  const ending = { kind: 'done' } as const;
  expect(nextBackfillPace(before, stateOf(), { ending, claimedAt: testStart, pace })).toBeUndefined();
});
