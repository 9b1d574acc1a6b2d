import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../support/callers.ts';
import { type FaultKind, type GoogleFault, mostPoured, quickFaults } from '../support/google-fault-kinds.ts';
import { faultFor, newPerson, type Person } from '../support/google-faults.ts';
import { type Site, startSite } from '../support/site.ts';
import { type SyncRounds, syncRounds } from '../support/sync-rounds.ts';

/** The sync's minute here, in milliseconds. */
const minute = 2_000;
const day = 86_400_000;
/** More than the hour after which a comparison can be asked for again. */
const pauseOfVerify = 62 * minute;

/** How times are read is shown where somebody waits for the answer. */
const faults = quickFaults.filter(({ name }) => !/negative|thirty|long past|words/.test(name));

let site: Site;
let rounds: SyncRounds;
const people = new Map<Call, Person>();

const addMessages = (count: number) => (account: string) =>
  site.admin('POST', `/accounts/${account}/messages`, { count });

/** Three in a thread are fetched together. */
async function addThread(account: string): Promise<void> {
  const [known] = await site.truth(account);
  const message = { threadId: known?.threadId };
  await site.admin('POST', `/accounts/${account}/messages`, [message, message, message]);
}

const askForVerify = async (_: string, { browser }: Person) => {
  expect((await browser.fetch(`${site.origin}/mailbox/verify`, { method: 'POST' })).status).toBe(202);
};

/** The calls of the sync, and what makes its next job call. */
const calls = {
  'history.list': async () => {},
  getProfile: (account: string) => site.admin('POST', `/accounts/${account}/expire-history`),
  'messages.list': askForVerify,
  'labels.list': askForVerify,
  batch: addMessages(2),
  'messages.get': addMessages(2),
  'threads.get': addThread,
};

type Call = keyof typeof calls;

const callNames = Object.keys(calls) as Call[];
/** Those whose fault ends the job. Batches, and their parts, are made again: here the fault passes meanwhile. */
const single: Call[] = ['history.list', 'getProfile', 'messages.list', 'labels.list'];

const timesOf = (call: Call) => (single.includes(call) ? 0 : 2);

/** The error that the mailbox shows; each call is made once a job. */
const errors: Readonly<Record<FaultKind, string>> = {
  busy: 'rate_limited',
  down: 'google_unavailable',
  lost: 'google_unavailable',
  senseless: 'google_error',
  oversize: 'google_error',
  late: 'google_timeout',
};

beforeAll(async () => {
  site = await startSite({ demoMessages: 3, syncIntervalSeconds: minute / 1_000 });
  rounds = syncRounds(site);
  for (const call of callNames) people.set(call, await newPerson(site, call.replace('.', '-'), 4));
  await rounds.runAfter(0);
  // The first copy, then its comparison.
  for (let round = 0; round < 2; round += 1) await rounds.runAfter(10 * minute);
  for (const call of callNames) await expectRight(personOf(call));
});
afterAll(async () => {
  rounds.close();
  await site.close();
});

function personOf(call: Call): Person {
  const person = people.get(call);
  if (person === undefined) throw new Error(`Nobody’s sync makes the call ${call}.`);
  return person;
}

async function read({ browser }: Person, path: string): Promise<Json> {
  const { status, text } = await browser.fetch(site.origin + path);
  expect(status, text).toBe(200);
  return JSON.parse(text);
}

const syncOf = async (person: Person): Promise<Json> => (await read(person, '/mailbox'))['sync'] ?? {};

/** How each mailbox stands; no grant was touched. */
async function statesOf(names: readonly Call[]) {
  const [grants, mailboxes] = await Promise.all([site.items('grants'), site.items('mailboxes')]);
  return names.map((call) => {
    const grant = grants.find(({ email }) => email === personOf(call).account);
    expect(grant).toMatchObject({ status: 'active' });
    return mailboxes.find(({ accountId }) => accountId === grant?.['accountId']);
  });
}

/** The copy is the mailbox, and nothing is left to mend. */
async function expectRight(person: Person): Promise<void> {
  const labelled = (messages: readonly { id: string; labelIds: readonly string[] }[]) =>
    messages.map(({ id, labelIds }) => `${id} ${labelIds.toSorted().join(' ')}`).sort();
  const { messages } = (await read(person, '/mailbox/messages?maxResults=500')) as unknown as {
    messages: { id: string; labelIds: string[] }[];
  };
  expect(labelled(messages)).toEqual(labelled(await site.truth(person.account)));
  const { lastError, verify, ...sync } = await syncOf(person);
  expect([sync['phase'], sync['failures'], lastError]).toEqual(['live', 0, undefined]);
  if (verify !== undefined) {
    expect(verify).toMatchObject({ running: false, missing: [], extra: [], mislabelled: [] });
  }
}

let longestWait = 0;

/** Lets each call meet the fault in one job; tells what the mailbox shows, and how often the call was made. */
async function meet({ effect, seconds = 0 }: Pick<GoogleFault, 'effect' | 'seconds'>, names = callNames) {
  // A job in between goes well: several in a row without a history would end in a comparison.
  await rounds.runAfter(longestWait * 1_000 + 10 * minute);
  await rounds.runAfter(pauseOfVerify);
  for (const call of names) await calls[call](personOf(call).account, personOf(call));
  const setFault = (call: Call) => faultFor(site, personOf(call).account, call, effect, timesOf(call));
  const faults = await Promise.all(names.map(setFault));
  await rounds.runAfter(10 * minute);
  longestWait = seconds;
  const states = await statesOf(names);
  const ends = names.map(async (call, index) => {
    const [tries, poured] = [await faults[index]?.fired(), await faults[index]?.poured()];
    return { call, state: states[index], tries, poured };
  });
  const seen = await Promise.all(ends);
  await site.admin('DELETE', '/faults');
  return seen;
}

/** Time passes without a fault, until nothing that Google asked for or a message waits for stands in the way. */
async function recover(): Promise<void> {
  await rounds.runAfter(longestWait * 1_000 + day);
  // A weekly comparison that begins in one round ends in a later one.
  const syncs = () => Promise.all(callNames.map((call) => syncOf(personOf(call))));
  const isComparing = async () => (await syncs()).some(({ verify }) => Boolean(verify?.['running']));
  for (let round = 0; round < 2 || (round < 12 && (await isComparing())); round++) {
    await rounds.runAfter(10 * minute);
  }
  for (const call of callNames) await expectRight(personOf(call));
}

describe('a job of the sync', () => {
  it.each(faults)('that meets $name says so, and comes back in time', async (fault) => {
    const { kind, seconds } = fault;
    for (const { call, state, tries, poured } of await meet(fault)) {
      expect(tries, call).toBeGreaterThan(0);
      // A page of history that is too large is asked for with fewer records, down to one.
      const most = call === 'history.list' && kind === 'oversize' ? 5 : 1;
      if (single.includes(call)) expect(tries, call).toBe(most);
      expect(poured, call).toBeLessThan(Math.max(most, 2) * mostPoured);
      if (!single.includes(call)) continue;
      expect(state, call).toMatchObject({ phase: 'live', lastError: { code: errors[kind] } });
      const wait = seconds === undefined ? minute : seconds * 1_000;
      const { notBefore, nextDueAt } = state ?? {};
      // Google’s time is kept to the letter; without one the mailbox is polled anew, though less often.
      if (kind !== 'busy' && seconds === undefined) expect(notBefore, call).toBeUndefined();
      else expect(Math.abs(Number(notBefore) - rounds.now() - wait), call).toBeLessThan(5_000);
      expect(Number(nextDueAt), call).toBeLessThan(rounds.now() + Math.max(wait, 6 * minute));
    }
  });

  it('that meets 401 once goes on with a new access token', async () => {
    for (const wait of [10 * minute, pauseOfVerify]) await rounds.runAfter(wait);
    for (const call of callNames) {
      const { account } = personOf(call);
      await calls[call](account, personOf(call));
      await site.admin('POST', `/accounts/${account}/expire-access-tokens`);
    }
    await rounds.runAfter(10 * minute);
    for (const state of await statesOf(callNames)) expect(state?.['lastError']).toBeUndefined();
  });

  it('that meets 401 for a new access token too waits, and leaves the grant alone', async () => {
    for (const { call, state, tries } of await meet({ effect: { status: 401 } }, single)) {
      expect([call, tries, state]).toMatchObject([
        call,
        2,
        { phase: 'live', lastError: { code: 'google_unavailable' } },
      ]);
    }
    for (const { status } of await site.items('grants')) expect(status).toBe('active');
  });

  it('that is refused the connection waits', async () => {
    await site.google.refuse(true);
    await rounds.runAfter(10 * minute);
    await site.google.refuse(false);
    const lastError = { code: 'google_unavailable' };
    for (const state of await statesOf(callNames)) expect(state).toMatchObject({ lastError });
  });

  it('that waits in vain for an answer ends', async () => {
    for (const { call, state, tries } of await meet({ effect: { hang: true } }, single)) {
      expect([call, tries, state?.['lastError']]).toMatchObject([call, 1, { code: 'google_timeout' }]);
    }
  });

  it('that no fault meets any more has the whole mailbox copied, and finds nothing wrong', recover);
});
