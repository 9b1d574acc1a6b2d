import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import {
  connectedPerson,
  disconnect,
  expectErased,
  expectNothingShown,
  expectRevoked,
} from '../support/disconnect-race.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { Interruptions } from '../support/interruptions.ts';
import { type Deed, dieAtEachWrite } from '../support/killing.ts';
import type { NewPerson } from '../support/people.ts';
import { type Site, startSite } from '../support/site.ts';

const minute = 60_000;
const interruptions = new Interruptions();
let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, onAwsCall: interruptions.onAwsCall });
});
afterAll(() => site.close());
afterEach(() => site.setClockOffset(0));

/** A person with a copy. */
async function copiedPerson(): Promise<NewPerson> {
  site.setClockOffset(0);
  const person = await connectedPerson(site);
  await site.tick(Date.now() + minute);
  await drainQueue(site);
  expect(await site.messages()).toHaveLength(2);
  return person;
}

/** Once the mark is there, nothing of the mailbox is shown or synced, whatever is still to be erased. */
async function expectHidden({ browser }: NewPerson): Promise<boolean> {
  const isMarked = (await site.items('grants')).every(({ status }) => status === 'disconnecting');
  if (!isMarked) return false;
  for (const path of ['/messages', '/mailbox/messages', '/mailbox/changes']) {
    expect((await browser.fetch(`${site.origin}${path}`)).status).toBe(401);
  }
  for (const path of ['/mailbox/sync', '/mailbox/verify']) {
    expect((await browser.fetch(`${site.origin}${path}`, { method: 'POST' })).status).toBe(401);
  }
  return true;
}

async function expectAllGone(person: NewPerson): Promise<void> {
  await drainQueue(site);
  await expectErased(site);
  await expectRevoked(site, interruptions, person);
  await expectNothingShown(site, person.browser);
}

async function aDisconnect(): Promise<Deed & { readonly person: NewPerson }> {
  const person = await copiedPerson();
  return {
    person,
    act: () => disconnect(site, person.browser.copy()),
    again: async () => {
      await expectHidden(person);
      // Where all is done but the answer, nobody is signed in any more.
      expect([202, 401]).toContain((await disconnect(site, person.browser)).status);
      await expectAllGone(person);
    },
  };
}

it('a disconnect is finished by the person’s next try, wherever its function died over it', async () => {
  await dieAtEachWrite(site, interruptions, 'mailbox-disconnect', aDisconnect);
});

it('a disconnect that nobody tries again is finished by the sweep, wherever its function died over it', async () => {
  await dieAtEachWrite(site, interruptions, 'mailbox-disconnect', async () => {
    const { act, person } = await aDisconnect();
    return {
      act,
      again: async () => {
        // A function that died before it wrote anything has done nothing, and said so.
        if (!(await expectHidden(person))) {
          expect((await person.browser.fetch(`${site.origin}/messages`)).status).toBe(200);
          return;
        }
        site.setClockOffset(16 * minute);
        await site.invoke('sync-sweep', {});
        await expectAllGone(person);
        // Sessions may outlive their grant; they open nothing, and the table deletes them.
        for (const { expiresAt } of await site.items('logins')) expect(expiresAt).toEqual(expect.any(Number));
      },
    };
  });
});

it('a sweep that dies over the end of a disconnect is followed by one that ends it', async () => {
  await dieAtEachWrite(site, interruptions, 'sync-sweep', async () => {
    const person = await copiedPerson();
    const [grant] = await site.items('grants');
    await site.put('grants', { ...grant, status: 'disconnecting', statusSince: Date.now() - 16 * minute });
    return {
      act: () => site.invoke('sync-sweep', {}),
      again: async () => {
        expect(await expectHidden(person)).toBe(true);
        await site.invoke('sync-sweep', {});
        await expectAllGone(person);
      },
    };
  });
});
