import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectInStep, heardBy, Minutes } from '../support/copy-and-feed.ts';
import { connectedPerson, disconnect, expectErased } from '../support/disconnect-race.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { Interruptions } from '../support/interruptions.ts';
import { type Deed, dieAtEachWrite } from '../support/killing.ts';
import type { NewPerson } from '../support/people.ts';
import { again as delivered, type TakenMessage, takeMessage } from '../support/queue-messages.ts';
import { type Site, startSite } from '../support/site.ts';

const interruptions = new Interruptions();
let site: Site;
let time: Minutes;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, onAwsCall: interruptions.onAwsCall });
});
afterAll(() => site.close());

/** The units of the day, as the dispatcher counts them, and as Google does. */
async function unitsOf(): Promise<{ counted: number; spent: number }> {
  const days = (await site.items('usage')).filter(({ id }) => String(id).startsWith('day#'));
  const { units } = v.parse(v.object({ units: v.number() }), await site.admin('GET', '/usage'));
  return { counted: days.reduce((sum, { all }) => sum + Number(all), 0), spent: units };
}

async function connect(): Promise<NewPerson> {
  // Google's clock is not moved: to it, a consent must be of this hour.
  time = new Minutes(site);
  await site.admin('DELETE', '/usage');
  return connectedPerson(site);
}

async function copied(): Promise<NewPerson> {
  const person = await connect();
  await time.tick();
  await expectInStep(site, person);
  return person;
}

/** Whatever became of a worker or a dispatcher, all is well at the latest when the lease of its claim is over. */
async function expectCaughtUp(person: NewPerson): Promise<void> {
  await time.tick();
  await time.tick(16);
  await expectInStep(site, person);
  // A dead worker's units count in full: the day is never taken for emptier than it is.
  const { counted, spent } = await unitsOf();
  expect(counted).toBeGreaterThanOrEqual(spent);
}

async function aTick(): Promise<Deed> {
  const person = await connect();
  return { act: () => site.tick(time.pass()), again: () => expectCaughtUp(person) };
}

/** A message of the queue, as its worker gets it: when that died, the queue delivers it once more. */
async function delivery(
  kind: string,
  come: () => Promise<void>,
): Promise<Deed & { readonly message: TakenMessage }> {
  const message = await takeMessage(site);
  if (message === undefined) throw new Error('The queue is empty.');
  expect(message.body).toContain(`"kind":"${kind}"`);
  return {
    message,
    act: () => site.invoke('sync-mailbox', message.event),
    again: async () => {
      await site.invoke('sync-mailbox', delivered(message.event));
      await message.done();
      await drainQueue(site);
      await come();
    },
  };
}

async function aFirstJob(): Promise<Deed> {
  const person = await connect();
  await site.tick(time.pass());
  return delivery('sync', () => expectCaughtUp(person));
}

/** One message is new, one has other labels, one is gone. */
async function changeMailbox({ email }: NewPerson): Promise<void> {
  const [one, two] = await site.truth(email);
  await site.admin('POST', `/accounts/${email}/messages`, { subject: 'New' });
  await site.admin('POST', `/accounts/${email}/messages/${one?.id}/labels`, { add: ['STARRED'] });
  await site.admin('DELETE', `/accounts/${email}/messages/${two?.id}`);
}

let jobs = 0;

/**
 * When its worker has died, every second message is not delivered again, as if it were among the dead letters: the
 * lease of the claim ends, and a later tick admits another job.
 */
async function aJobWithChanges(): Promise<Deed> {
  const person = await copied();
  await changeMailbox(person);
  await site.tick(time.pass(6));
  const { act, again, message } = await delivery('sync', () => expectCaughtUp(person));
  jobs += 1;
  if (jobs % 2 === 0) return { act, again };
  return { act, again: () => message.done().then(() => expectCaughtUp(person)) };
}

async function anErasure(): Promise<Deed> {
  const person = await copied();
  expect((await disconnect(site, person.browser)).status).toBe(202);
  return delivery('erase', () => expectErased(site));
}

async function anAnnouncement(): Promise<Deed> {
  const person = await connect();
  await site.forget('changes');
  await site.consent(person.browser, { account: person.email });
  return delivery('connected', async () => {
    expect((await heardBy(site, person.browser)).types).toContain('connected');
  });
}

it.each([
  ['a tick', 'sync-dispatch', aTick],
  ['the first job of a mailbox', 'sync-mailbox', aFirstJob],
  ['a job that brings changes', 'sync-mailbox', aJobWithChanges],
  ['an erasure', 'sync-mailbox', anErasure],
  ['the announcement of a consent', 'sync-mailbox', anAnnouncement],
] as const)('%s is made good, wherever %s died over it', async (_, functionName, prepare) => {
  await dieAtEachWrite(site, interruptions, functionName, prepare);
});
