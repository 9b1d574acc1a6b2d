import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectInStep, Minutes } from '../support/copy-and-feed.ts';
import { connectedPerson } from '../support/disconnect-race.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { Interruptions } from '../support/interruptions.ts';
import { type Deed, dieAtEachWrite } from '../support/killing.ts';
import { type NewPerson, newPerson } from '../support/people.ts';
import { type Site, startSite } from '../support/site.ts';

const interruptions = new Interruptions();
let site: Site;
let time: Minutes;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, onAwsCall: interruptions.onAwsCall });
});
afterAll(() => site.close());

const publish = () => site.invoke('changes-publish', {});
const sweep = () => site.invoke('sync-sweep', {});

async function copied(): Promise<NewPerson> {
  time = new Minutes(site);
  const person = await connectedPerson(site);
  await time.tick();
  await expectInStep(site, person);
  return person;
}

const event = v.object({ accountId: v.string(), sequence: v.string() });

/** The numbers of an account's changes that the bus was told, as they came. */
function toldOf({ accountId }: NewPerson): string[] {
  const events = site.aws.events().map(({ detail }) => v.parse(event, detail));
  return events.filter((told) => told.accountId === accountId).map(({ sequence }) => sequence);
}

/** The bus has every change of the account, in order, apart from repeats. */
async function expectTold(person: NewPerson): Promise<void> {
  const changes = (await site.items('changes')).filter(({ feed }) => feed === `account#${person.accountId}`);
  const sequences = changes.map(({ position }) => String(position).split('#')[0]);
  expect([...new Set(toldOf(person))]).toEqual(sequences.toSorted());
}

/** Told of the connection, of the copy, and of its end: changes enough for several calls. */
async function changesToTell(): Promise<NewPerson> {
  const person = await copied();
  time.pass();
  return person;
}

describe('the publisher', () => {
  it('that runs twice at once tells all in order, and what it repeats is the same', async () => {
    const person = await changesToTell();
    await Promise.all([publish(), publish(), publish()]);
    await expectTold(person);
    const before = toldOf(person).length;
    await publish();
    expect(toldOf(person)).toHaveLength(before);
  });

  it('that dies is followed by one that tells the rest, wherever it died', async () => {
    await dieAtEachWrite(site, interruptions, 'changes-publish', async (): Promise<Deed> => {
      const person = await changesToTell();
      return {
        act: publish,
        again: async () => {
          await publish();
          await expectTold(person);
        },
      };
    });
  });
});

/** One mailbox is paused whose grant serves, one grant has no mailbox, one copy is of nobody any more. */
async function worldToSweep() {
  const paused = await copied();
  const missing = await newPerson(site);
  await site.consent(missing.browser, { account: missing.email });
  const ended = await newPerson(site);
  await site.consent(ended.browser, { account: ended.email });
  await time.tick();
  const states = new Map((await site.items('mailboxes')).map((state) => [state['accountId'], state]));
  await site.forget('mailboxes');
  const { dueKey: _, ...state } = states.get(paused.accountId) ?? {};
  await site.put('mailboxes', { ...state, phase: 'paused', pausedBecause: 'domain_policy' });
  await site.put('mailboxes', { ...states.get(ended.accountId), generation: 'ended' });
  return { paused, missing, ended };
}

type World = Awaited<ReturnType<typeof worldToSweep>>;

async function expectSwept({ paused, missing, ended }: World): Promise<void> {
  await drainQueue(site);
  const mailboxes = await site.items('mailboxes');
  const grants = new Map(
    (await site.items('grants')).map((grant) => [grant['accountId'], grant['generation']]),
  );
  const phases = new Map(mailboxes.map(({ accountId, phase }) => [accountId, phase]));
  expect(phases.get(paused.accountId)).toBe('live');
  expect(phases.get(missing.accountId)).toBe('backfill');
  for (const { accountId, generation } of mailboxes) expect(generation).toBe(grants.get(accountId));
  // Where the ended one went before the new one could come, the next sweep brings that.
  if (!phases.has(ended.accountId)) await sweep();
  expect((await site.items('mailboxes')).map(({ accountId }) => accountId)).toContain(ended.accountId);
}

describe('the sweep', () => {
  it('that runs three times at once does what one does', async () => {
    const world = await worldToSweep();
    await Promise.all([sweep(), sweep(), sweep()]);
    await expectSwept(world);
    expect(await site.items('mailboxes')).toHaveLength(3);
  });

  it('that dies is followed by one that does the rest, wherever it died', async () => {
    await dieAtEachWrite(site, interruptions, 'sync-sweep', async (): Promise<Deed> => {
      const world = await worldToSweep();
      return {
        act: sweep,
        again: async () => {
          await sweep();
          await expectSwept(world);
        },
      };
    });
  });
});
