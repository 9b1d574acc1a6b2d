import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { callbacksOf, nothing, withQuery } from '../support/callbacks.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let hands: ReturnType<typeof callbacksOf>;
let browser: Browser;
let url: string;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1 });
  hands = callbacksOf(site);
});
afterAll(() => site.close());
beforeEach(async () => {
  site.setClockOffset(0);
  await site.forget();
  browser = new Browser();
  url = await hands.callbackOf(browser);
});

/** The browser as it was before its callback was answered: it has the login cookie, and no session. */
async function unanswered(): Promise<Browser> {
  const before = browser.copy();
  expect((await hands.ask(url, browser)).status).toBe(303);
  await hands.countTokenCalls();
  return before;
}

async function signsNobodyIn(with_: Browser, address = url): Promise<void> {
  const before = await hands.standing();
  const { status, code, page } = await hands.ask(address, with_);
  expect([status, code, page.headers.getSetCookie()]).toEqual([400, 'invalid_state', []]);
  expect(await hands.standing()).toEqual(before);
  expect(await hands.tokenCalls()).toBe(0);
}

describe('a callback whose answer was lost', () => {
  it('signs its own browser in, and no code is sent to Google again', async () => {
    const again = (await unanswered()).copy();
    expect((await hands.ask(url, again)).status).toBe(303);
    expect((await again.fetch(`${site.origin}/mailbox`)).status).toBe(200);
    expect(await hands.tokenCalls()).toBe(0);
    expect(await site.items('grants')).toHaveLength(1);
  });

  it('signs nobody in who knows the login cookie, but not the code', async () => {
    const thief = await unanswered();
    for (const code of ['injected', null]) await signsNobodyIn(thief.copy(), withQuery(url, { code }));
  });

  it('signs nobody in who has only seen its address', async () => {
    await unanswered();
    const stranger = new Browser();
    await signsNobodyIn(stranger);
    stranger.setCookie('localhost', 'login', 'A'.repeat(43));
    await signsNobodyIn(stranger);
    await signsNobodyIn(stranger, withQuery(url, { code: null, error: 'access_denied' }));
  });

  it('is no way back in after a logout, though the login cookie was copied', async () => {
    const thief = await unanswered();
    expect((await browser.fetch(`${site.origin}/auth/logout`, { method: 'POST' })).status).toBe(204);
    await signsNobodyIn(browser);
    await signsNobodyIn(thief);
  });

  it('is no way back in after a disconnect, nor to the mailbox that is connected anew', async () => {
    const thief = await unanswered();
    expect((await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' })).status).toBe(202);
    await signsNobodyIn(thief);
    await site.consent(new Browser());
    await hands.countTokenCalls();
    await signsNobodyIn(thief);
  });

  it('is none two minutes later', async () => {
    const before = await unanswered();
    site.setClockOffset(125_000);
    await signsNobodyIn(before);
  });
});

describe('a callback that is opened in advance', () => {
  it.each([
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'prefetch' },
    { 'x-purpose': 'preview' },
    { 'x-moz': 'prefetch' },
  ])('by %j changes nothing, and the person’s own visit signs in', async (headers) => {
    const rows = await site.items('logins');
    for (const path of [url, `${site.origin}/auth/login`, `${site.origin}/auth/url`]) {
      const page = await browser.open(path, { headers, stay: true });
      expect([page.status, page.headers.getSetCookie()]).toEqual([403, []]);
      expect(page.headers.get('cache-control')).toBe('no-store');
    }
    expect(await site.items('logins')).toEqual(rows);
    expect(await hands.standing()).toEqual(nothing);
    expect((await hands.ask(url, browser)).status).toBe(303);
  });
});
