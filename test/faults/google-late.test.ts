import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { problemOn } from '../support/callers.ts';
import { lateFaults } from '../support/google-fault-kinds.ts';
import { type Effect, faultFor, newAccount, newPerson, type Person } from '../support/google-faults.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let accounts = 0;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3 });
});
afterAll(() => site.close());

interface Outcome {
  readonly status: number;
  /** The code of a problem; of a disconnect, whether Google was told. */
  readonly code: unknown;
}

/** Somebody who has connected a mailbox, with an access token that has ended. */
async function person(): Promise<Person & { id: string }> {
  accounts += 1;
  const someone = await newPerson(site, `person-${accounts}`, 2);
  const [message] = await site.truth(someone.account);
  return { ...someone, id: message?.id ?? '' };
}

const grantOf = async (account: string) =>
  (await site.items('grants')).find(({ email }) => email === account);

async function fetchJson(
  { browser }: Person,
  path: string,
  method = 'GET',
): Promise<Outcome & { body: unknown }> {
  const { status, text } = await browser.fetch(site.origin + path, { method });
  const body = JSON.parse(text);
  return { status, code: body.code, body };
}

/** Every call to Google, and the request that makes it. */
const calls: Readonly<Record<string, (person: Person & { id: string }) => Promise<Outcome>>> = {
  'messages.list': (someone) => fetchJson(someone, '/messages'),
  'messages.get': (someone) => fetchJson(someone, `/messages/${someone.id}`),
  'labels.list': (someone) => fetchJson(someone, '/mailbox/labels'),
  batch: (someone) => fetchJson(someone, '/messages?view=summary'),
  'token.refresh': async (someone) => {
    await site.put('grants', { ...(await grantOf(someone.account)), accessTokenExpiresAt: 0 });
    return fetchJson(someone, '/messages');
  },
};

const late = { status: 504, code: 'google_timeout' };

/** Makes each call under the fault, for people of their own; tells of each how it ended and how often it was made. */
async function meetEverywhere(effect: Effect) {
  const ends = Object.entries(calls).map(async ([on, call]) => {
    const someone = await person();
    const fault = await faultFor(site, someone.account, on, effect);
    const before = await grantOf(someone.account);
    const start = Date.now();
    const { status, code } = await call(someone);
    const seconds = (Date.now() - start) / 1000;
    const tries = await fault.fired();
    await fault.clear();
    expect((await grantOf(someone.account))?.['refreshToken']).toEqual(before?.['refreshToken']);
    expect((await fetchJson(someone, '/messages')).status).toBe(200);
    return [on, { status, code, tries, inTime: seconds < 20 }] as const;
  });
  return Object.fromEntries(await Promise.all(ends));
}

const everywhere = (end: object) => Object.fromEntries(Object.keys(calls).map((on) => [on, end]));

describe.concurrent('Google is slow:', () => {
  it('a request is answered within the function’s time, however late each of its calls fails', async () => {
    const someone = await person();
    const { account } = someone;
    const order = async (on: string, effect: Effect, times: number) => {
      // biome-ignore lint/suspicious/noThenProperty: a word of the admin routes, never awaited
      await site.admin('POST', '/faults', { on, account, times, then: effect });
    };
    await order('messages.list', { status: 401, delayMs: 7_000 }, 1);
    await order('token.refresh', { status: 500, delayMs: 5_000 }, 1);
    await order('token.refresh', { delayMs: 5_000 }, 1);
    await order('messages.list', { status: 503, delayMs: 7_000 }, 0);
    const start = Date.now();
    const { status, code } = await fetchJson(someone, '/messages');
    expect([status, code]).toEqual([503, 'google_unavailable']);
    expect(Date.now() - start).toBeLessThan(25_000);
  });

  it('a list whose access token is refused when there is no time to begin anew is given up', async () => {
    const someone = await person();
    const { account } = someone;
    // biome-ignore lint/suspicious/noThenProperty: a word of the admin routes, never awaited
    const slow = { on: 'messages.list', account, times: 1, then: { dripMs: 5_500 } };
    await site.admin('POST', '/faults', slow);
    // biome-ignore lint/suspicious/noThenProperty: a word of the admin routes, never awaited
    await site.admin('POST', '/faults', { ...slow, then: { status: 401, delayMs: 6_000 } });
    const fault = await faultFor(site, account, 'token.refresh', {});
    const { status, code } = await fetchJson(someone, '/messages?all=true&maxResults=1');
    expect([status, code, await fault.fired()]).toEqual([504, 'google_timeout', 0]);
    expect(await grantOf(account)).toMatchObject({ status: 'active' });
  });

  it.each(lateFaults)(
    'every call that meets $name is given up, made once, and the next one works',
    async (fault) => {
      expect(await meetEverywhere(fault.effect)).toEqual({
        ...everywhere({ ...late, tries: 1, inTime: true }),
        // The list has come; only its summaries have not.
        batch: { status: 200, code: undefined, tries: 1, inTime: true },
      });
    },
  );

  it('a body that comes bit by bit, but in time, is an answer', async () => {
    const ends = await meetEverywhere({ dripMs: 1_500 });
    expect(ends).toEqual(everywhere({ status: 200, code: undefined, tries: 1, inTime: true }));
  });

  it('a code whose answer does not come is not sent again, and the person starts anew', async () => {
    // Google may have taken it, or not.
    const effects = [{ hang: true }, { hang: true, done: true }, { dripMs: 60_000 }];
    const ends = effects.map(async (effect) => {
      accounts += 1;
      const account = await newAccount(site, `code-${accounts}`);
      const fault = await faultFor(site, account, 'token.code', effect);
      const browser = new Browser();
      const page = await site.consent(browser, { account });
      expect([page.status, problemOn(page), await fault.fired()]).toEqual([504, 'google_timeout', 1]);
      expect(await grantOf(account)).toBeUndefined();
      await fault.clear();
      expect((await site.consent(browser, { account })).status).toBe(200);
      expect(await grantOf(account)).toMatchObject({ status: 'active' });
    });
    await Promise.all(ends);
  });

  it('a revocation whose answer does not come is made once; the disconnect goes on without it', async () => {
    const ends = lateFaults.map(async ({ effect }) => {
      const someone = await person();
      const fault = await faultFor(site, someone.account, 'revoke', effect);
      const { status, body } = await fetchJson(someone, '/mailbox', 'DELETE');
      expect([status, body, await fault.fired()]).toMatchObject([202, { revokedAtGoogle: false }, 1]);
      expect(await grantOf(someone.account)).toBeUndefined();
    });
    await Promise.all(ends);
  });
});
