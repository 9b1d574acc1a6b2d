import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { Minutes } from '../support/copy-and-feed.ts';
import {
  at,
  connectedPerson,
  disconnect,
  expectErased,
  expectNothingShown,
  expectRevoked,
} from '../support/disconnect-race.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { Interruptions } from '../support/interruptions.ts';
import { isGoodAtGoogle, type NewPerson, refreshTokensOf } from '../support/people.ts';
import { takeMessage } from '../support/queue-messages.ts';
import { seed } from '../support/seed.ts';
import { type Site, startSite } from '../support/site.ts';
import { Chance } from '../sync-model/chance.ts';

const interruptions = new Interruptions();
let site: Site;
let time: Minutes;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, onAwsCall: interruptions.onAwsCall });
});
afterAll(() => site.close());

async function connected(): Promise<NewPerson> {
  time = new Minutes(site);
  return connectedPerson(site);
}

/** A second browser of the person's, which has been at Google and is about to come back. */
async function returning({
  email,
}: NewPerson): Promise<{ browser: Browser; comeBack: () => Promise<unknown> }> {
  const browser = new Browser();
  const page = await site.consent(browser, { account: email, stopBeforeCallback: true });
  return { browser, comeBack: () => browser.open(page.headers.get('location') ?? '') };
}

/**
 * The outcome is a whole one: the account is disconnected, or connected anew. Where Google ended the new grant with the
 * old one, since to revoke one is to revoke all, the first use shows it, and a further consent mends it.
 */
async function expectWhole(
  person: NewPerson,
  browser: Browser,
): Promise<'disconnected' | 'connected' | 'revoked'> {
  const statuses = (await site.items('grants')).map(({ status }) => status);
  if (statuses.length === 0) {
    await expectNothingShown(site, person.browser, browser);
    await drainQueue(site);
    await expectSweptAway();
    await expectRevoked(site, interruptions, person);
    return 'disconnected';
  }
  expect(statuses).toEqual(['active']);
  const newest = refreshTokensOf(interruptions, person.accountId).at(-1);
  const isGood = await isGoodAtGoogle(site, interruptions, newest);
  const { status, text } = await browser.fetch(`${site.origin}/messages`);
  if (isGood) expect(status).toBe(200);
  else {
    expect([status, JSON.parse(text).code]).toEqual([401, 'grant_revoked']);
    await site.consent(browser, { account: person.email });
  }
  await expectNothingShown(site, person.browser);
  await expectCopied(person, browser);
  return isGood ? 'connected' : 'revoked';
}

/** A sync state may be left whose consent was overtaken; the next sweep takes it away. */
async function expectSweptAway(): Promise<void> {
  await site.invoke('sync-sweep', {});
  await drainQueue(site);
  await expectErased(site);
}

/** The new generation's copy is made, and of the old one nothing is left. */
async function expectCopied({ email }: NewPerson, browser: Browser): Promise<void> {
  await drainQueue(site);
  await time.tick();
  const [grant] = await site.items('grants');
  const copied = await site.messages();
  expect(copied.map(({ messageId }) => messageId).sort()).toEqual(
    (await site.truth(email)).map(({ id }) => id).sort(),
  );
  expect(new Set(copied.map(({ mailbox }) => mailbox))).toEqual(
    new Set([`${grant?.['accountId']}#${grant?.['generation']}`]),
  );
  const list = await browser.fetch(`${site.origin}/mailbox/messages`);
  expect(JSON.parse(list.text).messages).toHaveLength(copied.length);
}

describe('a disconnect and a new consent of the same account', () => {
  it('leave a whole grant or none, when the consent ends in the middle of the disconnect, at each of its calls', async () => {
    for (let place = 0, wasThere = true; wasThere; place++) {
      const person = await connected();
      const { browser, comeBack } = await returning(person);
      wasThere = false;
      const act = () => {
        wasThere = true;
        return comeBack();
      };
      const where = { functionName: 'mailbox-disconnect', place, act } as const;
      const { detail } = await interruptions.during(where, () => disconnect(site, person.browser));
      const outcome = await at(`at call ${place}`, () => expectWhole(person, browser));
      // Whoever disconnected is told of a grant that stands all the same.
      expect([place, detail === undefined]).toEqual([place, outcome === 'disconnected']);
    }
  });

  it('leave a whole grant or none, when the disconnect runs in the middle of the consent, at each of its calls', async () => {
    const outcomes: string[] = [];
    for (let place = 0, wasThere = true; wasThere; place++) {
      const person = await connected();
      const { browser, comeBack } = await returning(person);
      wasThere = false;
      const act = async () => {
        wasThere = true;
        expect(await disconnect(site, person.browser)).toEqual({ status: 202, revokedAtGoogle: true });
      };
      await interruptions.during({ functionName: 'auth-callback', place, act }, comeBack);
      if (wasThere) outcomes.push(await at(`at call ${place}`, () => expectWhole(person, browser)));
    }
    expect(new Set(outcomes)).toEqual(new Set(['disconnected', 'revoked']));
  });

  it(`leave a whole grant or none, with a job and a refresh beside them, in any order (TEST_SEED=${seed})`, async () => {
    const chance = new Chance(seed);
    for (let round = 0; round < 8; round++) {
      const person = await connected();
      const { browser, comeBack } = await returning(person);
      await site.tick(time.pass());
      const job = await takeMessage(site);
      const reader = person.browser.copy();
      const later = async (act: () => Promise<unknown>) => {
        await pause(chance.between(0, 60));
        return act();
      };
      await interruptions.slowing(
        () => chance.between(0, 12),
        () =>
          Promise.all([
            later(() => disconnect(site, person.browser)),
            later(() => disconnect(site, person.browser.copy())),
            later(() => reader.fetch(`${site.origin}/messages`)),
            later(() => site.invoke('sync-mailbox', job?.event)),
            later(comeBack),
          ]),
      );
      await job?.done();
      await at(`TEST_SEED=${seed}, round ${round}`, () => expectWhole(person, browser));
    }
  });
});

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
