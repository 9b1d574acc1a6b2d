import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { FunctionName } from '../../infra/routes.ts';
import type { Browser } from '../support/browser.ts';
import { isUntaken } from '../support/callbacks.ts';
import { backendOf, getAs, invite, newPkce, postJson, signInOnPhone } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { Interruptions } from '../support/interruptions.ts';
import { type Deed, dieAtEachWrite } from '../support/killing.ts';
import { newPerson } from '../support/people.ts';
import { type Site, startSite } from '../support/site.ts';

const interruptions = new Interruptions();
let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, onAwsCall: interruptions.onAwsCall });
});
afterAll(() => site.close());
beforeEach(() => site.forget());

/** Whatever is left of what was not finished has an end: the table deletes it by itself. */
async function expectOnlyMortal(prefix: string, seconds: number): Promise<void> {
  for (const { id, expiresAt } of await site.items('logins')) {
    if (String(id).startsWith(prefix))
      expect(Number(expiresAt)).toBeLessThanOrEqual(Date.now() / 1000 + seconds);
  }
}

async function expectListed(browser: Browser): Promise<void> {
  expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
}

/** What must be true of a grant whose function died, before anybody tries again: it is there wholly or not at all. */
async function expectWholeGrant(accountId: string): Promise<void> {
  const { status, body } = await backendOf(site)('GET', `/accounts/${accountId}`);
  expect([200, 404]).toContain(status);
  if (status === 404) return;
  expect(body['status']).toBe('active');
  // Nobody tries again: the next sweep still begins the sync, and tells of it.
  await site.invoke('sync-sweep', {});
  await drainQueue(site);
  expect(await site.items('mailboxes')).toMatchObject([{ accountId, phase: 'backfill' }]);
  expect((await site.items('changes')).map(({ type }) => type)).toContain('connected');
}

/**
 * A code is tried once: brought again after its state was taken, it changes nothing, and the answer says how to go on.
 */
async function expectTakenOnce(bringAgain: () => Promise<{ readonly status: number }>): Promise<void> {
  const row = (await site.items('logins')).find(({ id }) => String(id).startsWith('state#'));
  const isPending = row !== undefined && isUntaken(row);
  const before = await site.items('grants');
  // By then no function runs any more: a repeated callback does not wait for it.
  site.setClockOffset(31_000);
  expect((await bringAgain()).status).toBe(isPending || row?.['outcome'] !== undefined ? 200 : 400);
  site.setClockOffset(0);
  if (!isPending) expect(await site.items('grants')).toEqual(before);
}

async function aLogin(): Promise<Deed> {
  const { browser, email } = await newPerson(site);
  return {
    act: () => browser.open(`${site.origin}/auth/login`, { stay: true }),
    again: async () => {
      await site.consent(browser, { account: email });
      await expectListed(browser);
      await expectOnlyMortal('state#', 3_600);
    },
  };
}

async function anInvitedConsent(): Promise<Deed> {
  await site.forget();
  const { browser, email, accountId } = await newPerson(site);
  const link = await invite(site, 'tenant-1');
  const page = await site.consent(browser, { start: link, account: email, stopBeforeCallback: true });
  const callback = page.headers.get('location') ?? '';
  return {
    act: () => browser.open(callback, { stay: true }),
    again: async () => {
      await expectWholeGrant(accountId);
      await expectTakenOnce(() => browser.open(callback));
      // A link that was used up over nothing is the one thing lost: whoever sent it makes another.
      const isUsedUp = (await browser.open(link)).status === 400;
      const start = isUsedUp ? await invite(site, 'tenant-1') : link;
      await site.consent(browser, { start, account: email });
      await expectListed(browser);
      await drainQueue(site);
      expect(await site.items('grants')).toMatchObject([{ accountId, owner: 'tenant-1', status: 'active' }]);
      expect(await site.items('mailboxes')).toHaveLength(1);
      expect((await site.items('changes')).map(({ type }) => type)).toContain('connected');
    },
  };
}

async function aCodeOfAProgram(): Promise<Deed> {
  await site.forget();
  const { email, accountId } = await newPerson(site);
  const brought = await signInOnPhone(site, newPkce(), email);
  return {
    act: () => postJson(site, '/auth/code', brought),
    again: async () => {
      await expectWholeGrant(accountId);
      await expectTakenOnce(() => postJson(site, '/auth/code', brought));
      const again = await signInOnPhone(site, newPkce(), email);
      const { status, body } = await postJson(site, '/auth/code', again);
      expect(status).toBe(200);
      expect((await getAs(site, body['sessionToken'], '/messages')).status).toBe(200);
    },
  };
}

async function anInvitation(): Promise<Deed> {
  const { browser, email } = await newPerson(site);
  return {
    act: () => invite(site, 'tenant-1'),
    again: async () => {
      await site.consent(browser, { start: await invite(site, 'tenant-1'), account: email });
      await expectListed(browser);
      await expectOnlyMortal('link#', 86_400);
    },
  };
}

async function aPressedLink(): Promise<Deed> {
  const { browser, email } = await newPerson(site);
  const start = await invite(site, 'tenant-1');
  const page = await browser.open(start);
  return {
    act: () => browser.submit(page, { button: '' }, true),
    again: async () => {
      await site.consent(browser, { start, account: email });
      await expectListed(browser);
      await expectOnlyMortal('state#', 3_600);
    },
  };
}

const deeds: readonly (readonly [what: string, functionName: FunctionName, prepare: () => Promise<Deed>])[] =
  [
    ['the beginning of a consent', 'auth-url', aLogin],
    ['the end of a consent', 'auth-callback', anInvitedConsent],
    ['a code that a program brings', 'auth-code', aCodeOfAProgram],
    ['an invitation', 'connect-link-create', anInvitation],
    ['a pressed link', 'connect-link', aPressedLink],
  ];

it.each(deeds)(
  '%s comes right at the next try, wherever %s died over it',
  async (_, functionName, prepare) => {
    await dieAtEachWrite(site, interruptions, functionName, prepare);
  },
);
