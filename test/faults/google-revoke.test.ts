import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultKind, mostPoured, quickFaults } from '../support/google-fault-kinds.ts';
import { faultFor, newPerson } from '../support/google-faults.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let accounts = 0;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3 });
});
afterAll(() => site.close());

/** How often a token is brought to Google; ending it twice ends it once. */
const tries: Readonly<Record<FaultKind, number>> = {
  ...{ busy: 1, down: 2, lost: 2, senseless: 1, oversize: 1, late: 1 },
};

/** Disconnects while the fault lasts, and consents again without it. */
async function meet(effect: Readonly<Record<string, unknown>>) {
  accounts += 1;
  const { account, browser } = await newPerson(site, `person-${accounts}`);
  const { sub } = (await site.admin('GET', `/accounts/${account}`)) as { sub: string };
  const stored = async () => {
    const rows = (await Promise.all([site.items('grants'), site.items('logins')])).flat();
    return rows.filter(({ accountId }) => accountId === sub);
  };
  expect((await stored()).length).toBe(2);
  const fault = await faultFor(site, account, 'revoke', effect);
  const { status, text } = await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
  const seen = { tries: await fault.fired(), poured: await fault.poured() };
  await fault.clear();
  expect(await stored()).toEqual([]);
  expect((await site.consent(browser, { account })).status).toBe(200);
  expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
  return { status, body: JSON.parse(text), ...seen };
}

describe.concurrent('a disconnect whose revocation', () => {
  /** No JSON is senseless to it, unless it tells of an error; and whose answer is lost has happened. */
  const revoking = ['200 with something else', '200 with numbers for text', 'half an answer'];
  const faults = quickFaults.filter(({ name }) => !revoking.includes(name));

  it.each(faults)('meets $name erases all the same, and says that Google was not told', async (fault) => {
    const { status, body, ...seen } = await meet(fault.effect);
    expect([status, body]).toEqual([
      202,
      {
        status: 'disconnected',
        revokedAtGoogle: false,
        detail: expect.stringContaining('couldn’t revoke access at Google'),
        removeAccessAt: 'https://myaccount.google.com/connections',
      },
    ]);
    expect(seen.tries).toBe(fault.seconds === undefined ? tries[fault.kind] : 1);
    expect(seen.poured).toBeLessThan(mostPoured);
  });

  it.each([
    ['an empty JSON', { status: 200, body: {} }, 1],
    ['nothing', { status: 200, bodyBase64: '' }, 1],
    ['that the token is dead already', { status: 400, body: { error: 'invalid_token' } }, 1],
  ])('is answered with %s has told Google', async (_, effect, times) => {
    const { body, tries: seen } = await meet(effect);
    expect([body, seen]).toEqual([{ status: 'disconnected', revokedAtGoogle: true }, times]);
  });

  it.each([
    ['cut off', { truncate: true }],
    ['lost', { reset: true, done: true }],
  ])('is done, but its answer %s, learns at the second try that the token is dead', async (_, effect) => {
    // The fault is for an account: once its tokens are dead, Google no longer knows whose they were.
    const { body, tries: seen } = await meet(effect);
    expect([body, seen]).toEqual([{ status: 'disconnected', revokedAtGoogle: true }, 1]);
  });
});
