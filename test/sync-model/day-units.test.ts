import { expect, test } from 'vitest';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { uncountedUnits } from '../../lambdas/sync/mailbox/quota-ledger.ts';
import type { HarnessFault } from './fault-plan.ts';
import type { WriteKind } from './lambda-process.ts';
import { ModelMailbox } from './model-mailbox.ts';
import { Simulation } from './simulation.ts';

const accountId = '101';
const minute = 60_000;
const quota = { ...quotaProfiles['2026'], unitsPerUserMinute: 600 };

/** What a poll of a live mailbox is granted, and what a quiet one of them spends. */
const [granted, quietPoll] = [42, 2];

function simulate(): { mailbox: ModelMailbox; simulation: Simulation } {
  const mailbox = new ModelMailbox({ listPage: 7, historyPage: 5, emptyPages: 0, dates: 'arrival' });
  for (let number = 0; number < 60; number += 1) mailbox.arrive(['INBOX']);
  const simulation = new Simulation({ quota, startDelay: 3_000 });
  simulation.addAccount(accountId, mailbox);
  simulation.connect(accountId);
  return { mailbox, simulation };
}

/** Units of the days that have been, and those that the next claim will count. */
function countedIn({ tables }: Simulation): number {
  const days = [...tables.days.values()].reduce((sum, { all }) => sum + all, 0);
  const state = tables.states.get(accountId);
  expect(state).not.toHaveProperty('claim.jobId');
  return days + uncountedUnits(state ?? { spends: [] });
}

test('what jobs spend counts once, though a minute holds the spends of several', async () => {
  const { mailbox, simulation } = simulate();
  for (let round = 0; round < 40; round += 1) {
    if (round % 3 === 0) for (let number = 0; number < 5; number += 1) mailbox.arrive(['INBOX']);
    const key = simulation.connected(accountId);
    if (key !== undefined) simulation.request(key, false);
    await simulation.pass(minute / 2);
  }
  await simulation.pass(10 * minute);
  expect(simulation.tables.states.get(accountId)).toMatchObject({ phase: 'live', copied: 130 });
  expect(simulation.gmail.units).toBeGreaterThan(130 * quota.prices.getMessage);
  expect(countedIn(simulation)).toBe(simulation.gmail.units);
});

test('a job that died and is delivered again counts at its grant, once', async () => {
  const { simulation } = simulate();
  await simulation.pass(30 * minute);
  simulation.faults.armWrite({ write: 'finish', skip: 0, when: 'before', effect: 'kill' });
  await simulation.pass(60 * minute);
  expect(simulation.faults.fired.get('kill finish')).toBe(1);
  expect(countedIn(simulation)).toBe(simulation.gmail.units - quietPoll + granted);
});

test('no unit is lost with workers that die over one job until its lease is over', async () => {
  const { mailbox, simulation } = simulate();
  await simulation.pass(2 * minute);
  for (let number = 0; number < 30; number += 1) mailbox.arrive(['INBOX']);
  for (let death = 0; death < 3; death += 1)
    simulation.faults.armWrite({ write: 'putAbsent', skip: 0, when: 'after', effect: 'kill' });
  await simulation.pass(60 * minute);
  expect(simulation.faults.fired.get('kill putAbsent')).toBe(3);
  expect(simulation.tables.states.get(accountId)).toMatchObject({ phase: 'live', copied: 90 });
  expect(countedIn(simulation)).toBeGreaterThanOrEqual(simulation.gmail.units);
});

test('no unit is lost with a poll that died, was done late, and was due when its claim said', async () => {
  const { mailbox, simulation } = simulate();
  await simulation.pass(30 * minute);
  simulation.faults.armWrite({ write: 'finish', skip: 0, when: 'before', effect: 'kill' });
  mailbox.arrive(['INBOX']);
  mailbox.arrive(['INBOX']);
  const hasDied = () => simulation.faults.fired.has('kill finish');
  for (let waited = 0; waited < 10 * minute && !hasDied(); waited += 100) await simulation.pass(100);
  expect(hasDied()).toBe(true);
  // It is delivered again after its lease, and the next dispatcher sees for seconds what stood there before.
  simulation.faults.armHarness('missedTick');
  simulation.tables.indexLag = 7_000;
  await simulation.pass(67 * minute);
  expect(countedIn(simulation)).toBeGreaterThanOrEqual(simulation.gmail.units);
});

test('no unit is lost with workers that die over one job before and after it is redriven', async () => {
  const { simulation } = simulate();
  for (let death = 0; death < 7; death += 1)
    simulation.faults.armWrite({ write: 'finish', skip: 0, when: 'before', effect: 'kill' });
  await simulation.pass(30_000);
  // No dispatcher takes the claim away meanwhile.
  for (let tick = 0; tick < 60; tick += 1) simulation.faults.armHarness('missedTick');
  await simulation.pass(50 * minute);
  expect(simulation.queue.dead).toHaveLength(1);
  simulation.queue.redrive();
  await simulation.pass(20 * minute);
  simulation.faults.disarm();
  await simulation.pass(60 * minute);
  expect(simulation.faults.fired.get('kill finish')).toBe(7);
  expect(countedIn(simulation)).toBeGreaterThanOrEqual(simulation.gmail.units);
});

test.each<[HarnessFault, string, number]>([
  ['lateMessage', 'whose lease was over before it began counts at its grant, once', granted],
  ['duplicateMessage', 'that is delivered twice counts as what it spent', 0],
  ['notSent', 'that the queue did not take counts as nothing', 0],
])('a job (%s) %s', async (fault, _, more) => {
  const { simulation } = simulate();
  await simulation.pass(30 * minute);
  simulation.faults.armHarness(fault);
  await simulation.pass(60 * minute);
  expect(simulation.faults.fired.get(fault)).toBe(1);
  expect(countedIn(simulation)).toBe(simulation.gmail.units + more);
});

test.each<WriteKind>(['saveProgress', 'putAbsent', 'updateLabels', 'delete', 'finish'])(
  'no unit is lost with a worker that dies at %s',
  async (write) => {
    const { mailbox, simulation } = simulate();
    simulation.faults.armWrite({ write, skip: 1, when: 'after', effect: 'kill' });
    for (let round = 0; round < 20; round += 1) {
      const id = mailbox.arrive(['INBOX']);
      await simulation.pass(minute);
      mailbox.relabel([id], ['STARRED'], []);
      await simulation.pass(minute);
      mailbox.delete(id);
      await simulation.pass(minute);
    }
    await simulation.pass(60 * minute);
    expect(simulation.faults.fired.get(`kill ${write}`)).toBe(1);
    expect(countedIn(simulation)).toBeGreaterThanOrEqual(simulation.gmail.units);
    expect(countedIn(simulation)).toBeLessThanOrEqual(simulation.gmail.units + quota.unitsPerUserMinute);
  },
);

test('a day of few units is kept to, though many mailboxes are new in it', async () => {
  const simulation = new Simulation({ quota: quotaProfiles['2026'], startDelay: 3_000, concurrency: 50 });
  simulation.dailyUnits = 100_000;
  for (let account = 0; account < 30; account += 1) {
    const mailbox = new ModelMailbox({ listPage: 500, historyPage: 500, emptyPages: 0, dates: 'arrival' });
    for (let number = 0; number < 600; number += 1) mailbox.arrive(['INBOX']);
    simulation.addAccount(`account-${account}`, mailbox);
    simulation.connect(`account-${account}`);
  }
  await simulation.pass(60 * minute);
  // What backfills may have of it, to the last messages.
  expect(simulation.gmail.units).toBeGreaterThan(0.4 * 100_000 - 1_000);
  expect(simulation.gmail.units).toBeLessThanOrEqual(0.4 * 100_000);
});
