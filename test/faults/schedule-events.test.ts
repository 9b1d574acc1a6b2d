import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../infra/local/environment.ts';
import { expectInStep, Minutes } from '../support/copy-and-feed.ts';
import { connectedPerson } from '../support/disconnect-race.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { Interruptions } from '../support/interruptions.ts';
import { type NewPerson, newPerson } from '../support/people.ts';
import { takeMessage } from '../support/queue-messages.ts';
import { type Site, startSite } from '../support/site.ts';

const minute = 60_000;
const dailyUnits = 20_000;
const interruptions = new Interruptions();
let site: Site;
let time: Minutes;
let person: NewPerson;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, dailyUnits, onAwsCall: interruptions.onAwsCall });
});
afterAll(() => site.close());
beforeEach(async () => {
  time = new Minutes(site);
  await site.admin('DELETE', '/usage');
  person = await connectedPerson(site);
  await time.tick();
  await expectInStep(site, person);
});

/** The jobs that are in the queue, by their bodies. */
async function jobs(): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const message = await takeMessage(site);
    if (message === undefined) return bodies;
    bodies.push(message.body);
    await message.done();
  }
}

/** The units of all days, as the dispatcher counts them. */
async function counted(): Promise<number> {
  const days = (await site.items('usage')).filter(({ id }) => String(id).startsWith('day#'));
  return days.reduce((sum, { all }) => sum + Number(all), 0);
}

async function expectCountedInFull(): Promise<void> {
  const { units } = v.parse(v.object({ units: v.number() }), await site.admin('GET', '/usage'));
  expect(await counted()).toBeGreaterThanOrEqual(units);
}

/** After whatever came, the next ticks bring what is new. */
async function expectToGoOn(minutes = 1): Promise<void> {
  await site.admin('POST', `/accounts/${person.email}/messages`, { subject: 'Afterwards' });
  await time.tick(minutes);
  await time.tick(6);
  await expectInStep(site, person);
  await expectCountedInFull();
}

describe('a tick', () => {
  it('that comes twice, one after the other or at once, admits a job once, and counts it once', async () => {
    const tick = time.pass(6);
    const before = await counted();
    await Promise.all([site.tick(tick), site.tick(tick), site.tick(tick)]);
    await site.tick(tick);
    expect(await jobs()).toHaveLength(1);
    const once = (await counted()) - before;
    expect(once).toBeLessThan(100);
    expect(site.logs.filter(({ fields }) => fields['event'] === 'tick already run')).toHaveLength(3);
    await expectToGoOn(16);
  });

  it('that runs beside another one shares no mailbox with it', async () => {
    const tick = time.pass(7);
    await Promise.all([site.tick(tick), site.tick(tick - minute), site.tick(tick - 2 * minute)]);
    expect(await jobs()).toHaveLength(1);
    await expectToGoOn(16);
  });

  it('that comes after a later one finds nothing to do', async () => {
    const tick = time.pass(6);
    await site.tick(tick);
    await drainQueue(site);
    await site.tick(tick - minute);
    expect(await jobs()).toEqual([]);
    await expectToGoOn();
  });

  it.each([
    ['eleven minutes late', -11 * minute],
    ['eleven minutes early', 11 * minute],
    ['an hour late', -60 * minute],
    ['an hour early', 60 * minute],
    ['of the year 9000', Date.UTC(9000, 0, 1) - Date.now()],
    ['of the year 1970', -Date.now()],
  ])('that is %s claims nothing, and the next ones are as ever', async (_, late) => {
    const before = await site.items('mailboxes');
    await site.tick(time.pass(6) + late);
    expect(await site.items('mailboxes')).toEqual(before);
    expect(await jobs()).toEqual([]);
    expect(site.logs.at(-1)).toMatchObject({ level: 'warn', fields: { event: 'tick out of its time' } });
    await expectToGoOn();
  });

  it.each([-9 * minute, -4 * minute, 4 * minute, 9 * minute])('may be off by %d ms', async (off) => {
    await site.tick(time.pass(20) + off);
    expect(await jobs()).toHaveLength(1);
    await expectToGoOn(20);
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['no time', {}],
    ['a number', { scheduledTime: 1_780_000_000_000 }],
    ['words', { scheduledTime: 'now' }],
    ['no day of the calendar', { scheduledTime: '2026-13-45T00:00:00Z' }],
    ['the scheduler’s own word for it', { scheduledTime: '<aws.scheduler.scheduled-time>' }],
  ])('without a time is refused: %s', async (_, event) => {
    const before = [await site.items('mailboxes'), await site.items('usage')];
    await expect(site.invoke('sync-dispatch', event ?? null)).rejects.toThrow();
    expect([await site.items('mailboxes'), await site.items('usage')]).toEqual(before);
    expect(await jobs()).toEqual([]);
  });

  it('never grants more than the day has left, even when another one runs after it has looked', async () => {
    for (let more = 0; more < 3; more++) {
      const { browser, email } = await newPerson(site);
      await site.consent(browser, { account: email });
    }
    // The first copies, then their comparisons: what is due next are polls of 42 units.
    await time.tick();
    await time.tick(6);
    const [usage] = (await site.items('usage')).filter(({ id }) => String(id).startsWith('day#'));
    await site.put('usage', { ...usage, all: dailyUnits - 100 });
    const tick = time.pass(6);
    const where = { functionName: 'sync-dispatch', place: 0, counts: isQuery } as const;
    const act = () => site.tick(tick - minute);
    await interruptions.during({ ...where, act }, () => site.tick(tick));
    expect(await jobs()).toHaveLength(2);
    expect(await counted()).toBeLessThanOrEqual(dailyUnits);
    const waiting = (await site.items('mailboxes')).filter(({ waitsFor }) => waitsFor !== undefined);
    expect(waiting).toHaveLength(2);
  });
});

const isQuery = ({ action }: AwsCall) => action === 'Query';
