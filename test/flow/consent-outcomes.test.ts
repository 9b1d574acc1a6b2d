import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser, type Page } from '../support/browser.ts';
import { isUntaken } from '../support/callbacks.ts';
import { putSigned } from '../support/login-rows.ts';
import { type ConsentChoice, type Site, startSite } from '../support/site.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const readonly = 'https://www.googleapis.com/auth/gmail.readonly';
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
afterEach(async () => {
  site.setClockOffset(0);
  await site.admin('DELETE', '/faults');
});

/** Consents as far as Google's redirect back, and gives the callback's address. */
async function callbackOf(choice: ConsentChoice = {}, from = browser): Promise<string> {
  const page = await site.consent(from, { ...choice, stopBeforeCallback: true });
  return new URL(page.headers.get('location') ?? '', page.url).href;
}

/** The callback as a program sees it: status and problem, without following redirects. */
async function callBack(url: string, from = browser) {
  const page = await from.fetch(url, { headers: { 'sec-fetch-site': 'cross-site' } });
  return { status: page.status, page, problem: page.text === '' ? {} : JSON.parse(page.text) };
}

async function tokenCalls(): Promise<number> {
  const { faults } = (await site.admin('GET', '/faults')) as { faults: { on: string; fired: number }[] };
  return faults.filter(({ on }) => on === 'token').reduce((sum, { fired }) => sum + fired, 0);
}

/** Lets the token endpoint count its calls: a fault that only waits no time. */
const countTokenCalls = () => site.fault('token', { delayMs: 0 }, 0);

const sessions = async () =>
  (await site.items('logins')).filter(({ id }) => String(id).startsWith('session#'));
const pending = async () =>
  (await site.items('logins')).filter((row) => String(row['id']).startsWith('state#') && isUntaken(row));

async function expectNothingStored(): Promise<void> {
  expect(await site.items('grants')).toEqual([]);
  expect(await sessions()).toEqual([]);
}

describe('a consent that Google completes', () => {
  it('stores the grant encrypted, signs the browser in, and leads back', async () => {
    const page = await site.consent(browser, { start: `${site.origin}/auth/login?return_to=%2Fmailbox` });
    expect(page.url).toBe(`${site.origin}/mailbox`);
    expect(JSON.parse(page.text)).toMatchObject({ account: { email: ada }, status: 'active' });
    const [grant] = await site.items('grants');
    expect(grant).toMatchObject({
      schemaVersion: 1,
      status: 'active',
      email: ada,
      scopes: expect.arrayContaining([readonly, 'https://www.googleapis.com/auth/userinfo.email']),
      refreshToken: expect.any(Uint8Array),
      accessToken: expect.any(Uint8Array),
    });
    expect(await pending()).toEqual([]);
    expect(await sessions()).toEqual([
      expect.objectContaining({ accountId: grant?.['accountId'], generation: grant?.['generation'] }),
    ]);
  });

  it('sends the redirect with no code, and the session cookie for this host alone', async () => {
    const { page } = await callBack(await callbackOf());
    expect(page.status).toBe(303);
    expect(page.headers.get('location')).toBe('/');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^session=[\w-]{43}; Path=\/; Max-Age=15552000; HttpOnly; SameSite=Lax$/),
    ]);
  });

  it('keeps the stored refresh token when none comes', async () => {
    browser = await site.connected();
    const [before] = await site.items('grants');
    await site.fault('token.code', { omit: ['refresh_token'] });
    expect((await site.consent(browser)).status).toBe(200);
    const [after] = await site.items('grants');
    expect(after?.['refreshToken']).toEqual(before?.['refreshToken']);
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
  });

  it('is no_refresh_token when none comes and none is stored', async () => {
    await site.fault('token.code', { omit: ['refresh_token'] });
    const { status, problem } = await callBack(await callbackOf());
    expect([status, problem.code]).toEqual([400, 'no_refresh_token']);
    expect(problem.authorizationUrl).toBe(`${site.origin}/auth/login`);
    await expectNothingStored();
  });

  it('is no_refresh_token when none comes and the stored one is revoked', async () => {
    browser = await site.connected();
    await site.admin('POST', `/accounts/${ada}/revoke`);
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(401);
    await site.fault('token.code', { omit: ['refresh_token'] });
    const { problem } = await callBack(await callbackOf());
    expect(problem.code).toBe('no_refresh_token');
    expect((await site.items('grants'))[0]).toMatchObject({ status: 'revoked' });
  });

  it('lets several tabs consent side by side', async () => {
    const [first, second] = [await callbackOf(), await callbackOf()];
    expect((await callBack(second)).status).toBe(303);
    expect((await callBack(first)).status).toBe(303);
  });
});

describe('an exchange that fails', () => {
  it('goes on with the session’s own grant, as the guide says', async () => {
    browser = await site.connected();
    const before = await site.items('grants');
    const url = await callbackOf({ start: `${site.origin}/auth/login?return_to=%2Fmailbox` });
    await site.fault('token', { status: 400, body: { error: 'invalid_grant' } });
    const { page } = await callBack(url);
    expect([page.status, page.headers.get('location')]).toEqual([303, '/mailbox']);
    expect(page.headers.getSetCookie()).toEqual([]);
    expect(await site.items('grants')).toEqual(before);
    expect((await browser.fetch(`${site.origin}/mailbox`)).status).toBe(200);
  });

  it('does not go on with a grant that is revoked', async () => {
    browser = await site.connected();
    await site.admin('POST', `/accounts/${ada}/revoke`);
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(401);
    const url = await callbackOf();
    await site.fault('token', { status: 400, body: { error: 'invalid_grant' } });
    expect((await callBack(url)).problem.code).toBe('code_exchange_failed');
  });
});

describe('a person who does not grant what was asked', () => {
  it('is access_denied, with no token call', async () => {
    const url = await callbackOf({ button: 'deny' });
    await countTokenCalls();
    const { status, problem } = await callBack(url);
    expect([status, problem.code]).toEqual([403, 'access_denied']);
    expect(await tokenCalls()).toBe(0);
    expect(await pending()).toEqual([]);
    await expectNothingStored();
  });

  it('is gmail_not_enabled when the account has no Gmail, and offers to choose another', async () => {
    await site.admin('PATCH', `/accounts/${grace}`, { withoutGmail: true });
    const { status, problem } = await callBack(await callbackOf({ account: grace }));
    expect([status, problem.code]).toEqual([403, 'gmail_not_enabled']);
    expect(problem.authorizationUrl).toBe(`${site.origin}/auth/login?prompt=select_account`);
    await expectNothingStored();
    await site.admin('PATCH', `/accounts/${grace}`, { withoutGmail: false });
  });

  it.each([
    ['cannot be reached', { reset: true }],
    ['does not answer', { hang: true }],
    ['refuses the access token', { status: 401 }],
    ['is down', { status: 503 }],
  ])('is none because Gmail %s when it is asked for a mailbox', async (_, effect) => {
    await site.fault('getProfile', effect, 0);
    expect((await callBack(await callbackOf())).status).toBe(303);
    expect(await site.items('grants')).toMatchObject([{ status: 'active' }]);
  });

  it('is insufficient_scope when Gmail was unticked, and no wider grant is harmed', async () => {
    const url = await callbackOf({ untick: [readonly] });
    const { status, problem } = await callBack(url);
    expect([status, problem.code]).toEqual([403, 'insufficient_scope']);
    await expectNothingStored();

    browser = await site.connected();
    const before = await site.items('grants');
    expect((await callBack(await callbackOf({ untick: [readonly] }))).problem.code).toBe(
      'insufficient_scope',
    );
    expect(await site.items('grants')).toEqual(before);
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
  });
});

describe('a browser whose callback failed', () => {
  it('is shown the problem at an address without the code', async () => {
    const url = await callbackOf({
      start: `${site.origin}/auth/login?return_to=%2Fmailbox`,
      untick: [readonly],
    });
    const redirect = await browser.open(url, { stay: true });
    expect([redirect.status, redirect.headers.get('location')]).toEqual([
      303,
      '/auth/problem?problem=insufficient_scope&return_to=%2Fmailbox',
    ]);
    const page = await browser.open(new URL(redirect.headers.get('location') ?? '', url).href);
    expect(page.status).toBe(403);
    expect(page.text).toContain('Gmail access was not granted');
    expect(linkOf(page)).toBe(`${site.origin}/auth/login?return_to=%2Fmailbox`);
    expect((await site.consent(browser, { start: linkOf(page) })).url).toBe(`${site.origin}/mailbox`);
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

  it('is sent once more with the prompt when no refresh token comes and none is stored', async () => {
    browser = await site.connected();
    await letSessionsRest();
    const url = await callbackOf({ start: `${site.origin}/auth/login?return_to=%2Fmailbox` });
    await site.forget('grants');
    const { page } = await callBack(url);
    expect([page.status, page.headers.get('location')]).toEqual([
      303,
      `${site.origin}/auth/login?prompt=consent&return_to=%2Fmailbox`,
    ]);
    const again = await site.consent(browser, { start: page.headers.get('location') ?? '' });
    expect([again.status, again.url]).toEqual([200, `${site.origin}/mailbox`]);
  });

  it('is asked again after logout, after revocation, and while it is signed in', async () => {
    const promptOf = async (from: Browser) => {
      const page = await from.open(`${site.origin}/auth/login`, { stay: true });
      return new URL(page.headers.get('location') ?? '').searchParams.get('prompt');
    };
    browser = await site.connected();
    expect(await promptOf(browser)).toBe('consent');
    const remembered = browser.copy();
    await browser.fetch(`${site.origin}/auth/logout`, { method: 'POST' });
    expect(await promptOf(remembered)).toBe('consent');

    browser = await site.connected();
    await site.admin('POST', `/accounts/${ada}/revoke`);
    await browser.fetch(`${site.origin}/messages`);
    await letSessionsRest();
    expect(await promptOf(browser)).toBe('consent');
  });
});

function linkOf(page: Page): string {
  return (/<a [^>]*href="([^"]*auth\/login[^"]*)"/.exec(page.text)?.[1] ?? '').replaceAll('&amp;', '&');
}
