import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { putSigned } from '../support/login-rows.ts';
import { type ConsentChoice, type Site, startSite } from '../support/site.ts';

const day = 86_400_000;
const ada = 'ada@example.com';
const grace = 'grace@example.com';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3 });
});
afterAll(() => site.close());
beforeEach(async () => {
  browser = new Browser();
  await Promise.all([ada, grace].map((email) => site.admin('POST', `/accounts/${email}/revoke`)));
  await site.forget();
});
afterEach(() => site.admin('DELETE', '/faults'));

/** Consents as far as Google's redirect back, and gives the callback's address. */
async function callbackOf(choice: ConsentChoice = {}): Promise<string> {
  const page = await site.consent(browser, { ...choice, stopBeforeCallback: true });
  return new URL(page.headers.get('location') ?? '', page.url).href;
}

/** The callback as a program sees it: status and problem, without following redirects. */
async function callBack(url: string) {
  const { status, text } = await browser.fetch(url, { headers: { 'sec-fetch-site': 'cross-site' } });
  return { status, problem: text === '' ? {} : JSON.parse(text) };
}

const sessions = async () =>
  (await site.items('logins')).filter(({ id }) => String(id).startsWith('session#'));

describe('a consent', () => {
  it('of an account without Gmail is gmail_not_enabled, and offers to choose another', async () => {
    await site.admin('PATCH', `/accounts/${grace}`, { withoutGmail: true });
    const { status, problem } = await callBack(await callbackOf({ account: grace }));
    expect([status, problem.code]).toEqual([403, 'gmail_not_enabled']);
    expect(problem.authorizationUrl).toBe(`${site.origin}/auth/login?prompt=select_account`);
    expect([await site.items('grants'), await sessions()]).toEqual([[], []]);
    await site.admin('PATCH', `/accounts/${grace}`, { withoutGmail: false });
  });

  it.each([
    ['cannot be reached', { reset: true }],
    ['does not answer', { hang: true }],
    ['refuses the access token', { status: 401 }],
    ['is down', { status: 503 }],
  ])('succeeds although Gmail %s when it is asked for a mailbox', async (_, effect) => {
    await site.fault('getProfile', effect, 0);
    expect((await callBack(await callbackOf())).status).toBe(303);
    expect(await site.items('grants')).toMatchObject([{ status: 'active' }]);
  });
});

describe('a browser that is remembered', () => {
  /** Lets every session be unused for 31 days. */
  async function letSessionsRest(): Promise<void> {
    for (const session of await sessions()) {
      await putSigned(site, { ...session, renewedAt: Number(session['renewedAt']) - 31 * day });
    }
  }

  it('is sent without the consent prompt once its session ended by disuse', async () => {
    browser = await site.connected();
    await letSessionsRest();
    expect((await browser.fetch(`${site.origin}/mailbox`)).status).toBe(401);
    const start = await browser.open(`${site.origin}/auth/login`, { stay: true });
    const asked = new URL(start.headers.get('location') ?? '').searchParams;
    expect(asked.get('prompt')).toBeNull();
    expect(asked.get('access_type')).toBe('offline');
    expect(asked.get('login_hint')).toBe((await site.items('grants'))[0]?.['accountId']);
    const page = await site.consent(browser);
    expect([page.status, page.url]).toEqual([200, `${site.origin}/`]);
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
  });
});
