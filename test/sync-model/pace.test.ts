import { expect, test } from 'vitest';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { type Load, percentile, playLoad } from './load.ts';
import { ModelMailbox } from './model-mailbox.ts';
import { Simulation } from './simulation.ts';

/** Small, and as full as the large ones: a fiftieth of a project. */
const scale = 50;

test.each<Load>([
  { mailboxes: 5_000, hourly: 30, minutes: 8, scale },
  { mailboxes: 50_000, hourly: 8, minutes: 6, scale },
])('mail is copied within two minutes: $mailboxes mailboxes, $hourly messages an hour', async (load) => {
  const { delays, refusals } = await playLoad(load);
  expect(refusals).toBe(0);
  expect(delays.length).toBeGreaterThan(100);
  expect(percentile(delays, 0.95)).toBeLessThanOrEqual(120);
});

test('after an outage, the sync is in step again within twice its length', async () => {
  const { recovery, refusals } = await playLoad({
    ...{ mailboxes: 50_000, hourly: 4, minutes: 20, scale: 100 },
    outage: 10,
  });
  expect(refusals).toBe(0);
  expect(recovery).toBeLessThan(20);
});

test('every new mailbox is admitted within five minutes, however many connect at once', async () => {
  // Not smaller: a job’s grant is to be a small part of the project’s minute, as it really is.
  const { firstMessages, refusals } = await playLoad({
    ...{ mailboxes: 0, hourly: 0, connecting: 10_000, minutes: 6, scale: 10 },
  });
  expect(refusals).toBe(0);
  expect(firstMessages).toHaveLength(1_000);
  expect(firstMessages.at(-1)).toBeLessThanOrEqual(300);
});

test('no minute is too full though ticks are up to half a minute late', async () => {
  const { firstMessages, refusals } = await playLoad({
    ...{ mailboxes: 0, hourly: 0, connecting: 10_000, minutes: 6, scale: 25, tickDelay: 30_000 },
  });
  expect(refusals).toBe(0);
  expect(firstMessages).toHaveLength(400);
});

test('a slow Gmail and a single worker do not use up the day: claims that lapse come back to it', async () => {
  const simulation = new Simulation({
    quota: quotaProfiles['2026'],
    latency: [8_000, 12_000],
    concurrency: 1,
  });
  for (let number = 0; number < 200; number += 1) {
    const mailbox = new ModelMailbox({ listPage: 500, historyPage: 500, emptyPages: 0, dates: 'arrival' });
    for (let message = 0; message < 50; message += 1) mailbox.arrive(['INBOX']);
    simulation.addAccount(`${number}`, mailbox);
    simulation.connect(`${number}`);
  }
  await simulation.pass(60 * 60_000);
  const spent = simulation.gmail.units;
  expect(spent).toBeGreaterThan(200_000);
  expect(simulation.reports.at(-1)?.dayUnits).toBeLessThan(1.25 * spent);
});
