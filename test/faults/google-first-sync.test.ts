import { afterAll, beforeAll, expect, it } from 'vitest';
import { faultFor, newPerson, type Person } from '../support/google-faults.ts';
import { type Site, startSite } from '../support/site.ts';
import { type SyncRounds, syncRounds } from '../support/sync-rounds.ts';

const minute = 2_000;
const hour = 3_600_000;

let site: Site;
let rounds: SyncRounds;
let accounts = 0;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3, syncIntervalSeconds: minute / 1_000 });
  rounds = syncRounds(site);
});
afterAll(async () => {
  rounds.close();
  await site.close();
});

/** Somebody whose mailbox of five messages has just been connected. */
async function connected(): Promise<Person> {
  accounts += 1;
  return newPerson(site, `new-${accounts}`, 5);
}

async function syncOf({ browser }: Person) {
  const { text } = await browser.fetch(`${site.origin}/mailbox`);
  return JSON.parse(text).sync;
}

it.each([
  ['a list', { status: 200, body: [] }],
  ['an error under status 200', { status: 200, body: { error: { code: 503 } } }],
  ['a stranger’s JSON', { status: 200, body: { status: 'ok' } }],
])('a mailbox whose listing is answered with %s is not taken for empty', async (_, effect) => {
  const person = await connected();
  const fault = await faultFor(site, person.account, 'messages.list', effect);
  await rounds.runAfter(minute);
  expect(await syncOf(person)).toMatchObject({
    phase: 'backfill',
    copied: 0,
    lastError: { code: 'google_error' },
  });
  await fault.clear();
  await rounds.runAfter(10 * minute);
  expect(await syncOf(person)).toMatchObject({ phase: 'live', copied: 5, failures: 0 });
});

it('the time that Google’s token endpoint names is kept to the letter', async () => {
  const person = await connected();
  await rounds.runAfter(minute);
  const effect = { status: 429, headers: { 'retry-after': '7200' } };
  const fault = await faultFor(site, person.account, 'token.refresh', effect);
  await rounds.runAfter(2 * hour);
  expect(await syncOf(person)).toMatchObject({
    waitsFor: 'google_unavailable',
    lastError: { code: 'google_unavailable' },
  });
  expect(Date.parse((await syncOf(person)).nextSync)).toBeGreaterThan(rounds.now() + 2 * hour - 60_000);
  await rounds.runAfter(hour);
  expect(await fault.fired()).toBe(1);
  await fault.clear();
  await rounds.runAfter(2 * hour);
  expect((await syncOf(person)).lastError).toBeUndefined();
});
