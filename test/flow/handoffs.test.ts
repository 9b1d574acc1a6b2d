import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { getAs, newPkce, type Pkce, postJson, signInElsewhere } from '../support/callers.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const app = 'https://app.example.com';
const other = 'https://other.example.com';
const scheme = 'com.example.app:';

let site: Site;

beforeAll(async () => {
  site = await startSite({
    demoMessages: 3,
    allowedReturnOrigins: `${app}/home?tab=2 ${other} ${scheme}/done`,
  });
});
afterAll(() => site.close());
beforeEach(() => site.forget());
afterEach(() => site.setClockOffset(0));

/** What an application holds when the browser has come back to it. */
async function comeBack(pkce: Pkce, browser = new Browser()): Promise<string> {
  const address = await signInElsewhere(site, browser, `${app}/home?tab=2`, pkce);
  return address.searchParams.get('handoff') ?? '';
}

const takeOver = (handoff: string, { codeVerifier }: Pick<Pkce, 'codeVerifier'>, origin: string = app) =>
  postJson(site, '/auth/session', { handoff, codeVerifier }, { origin });

describe('a handoff', () => {
  it('gives the session of whoever consented to the application that asked', async () => {
    const pkce = newPkce();
    const browser = new Browser();
    const address = await signInElsewhere(site, browser, `${app}/home?tab=2`, pkce);
    expect(address.href).toMatch(/^https:\/\/app\.example\.com\/home\?tab=2&handoff=[\w-]{43}$/);
    expect(browser.cookie('localhost', 'session')).toBeUndefined();
    const { status, body } = await takeOver(address.searchParams.get('handoff') ?? '', pkce);
    expect(status).toBe(200);
    expect(body).toEqual({
      sessionToken: expect.stringMatching(/^[\w-]{43}$/),
      expiresAt: expect.stringMatching(/Z$/),
      account: { id: expect.stringMatching(/^\d+$/), email: ada },
    });
    const mail = await getAs(site, body['sessionToken'], '/messages');
    expect(mail.body['messages']).toHaveLength(3);
  });

  it('works for an app with a scheme of its own, which sends no origin', async () => {
    const pkce = newPkce();
    const address = await signInElsewhere(site, new Browser(), `${scheme}/done`, pkce);
    expect(address.protocol).toBe(scheme);
    const handoff = address.searchParams.get('handoff') ?? '';
    const { status } = await postJson(site, '/auth/session', { handoff, codeVerifier: pkce.codeVerifier });
    expect(status).toBe(200);
  });

  it.each([
    ['ends with the mailbox', async () => {}],
    ['is not revived when the mailbox is connected again', () => site.connected()],
  ])('%s', async (_, afterwards) => {
    const pkce = newPkce();
    const browser = await site.connected();
    const handoff = await comeBack(pkce);
    await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    await afterwards();
    expect(await takeOver(handoff, pkce)).toMatchObject({ status: 401, body: { code: 'login_required' } });
  });

  it('stays valid for its application alone when a second one asks in the same browser', async () => {
    const browser = new Browser();
    const [one, two] = [newPkce(), newPkce()];
    const [first, second] = [await comeBack(one, browser), await comeBack(two, browser)];
    expect((await takeOver(first, two)).status).toBe(400);
    expect((await takeOver(second, one)).status).toBe(400);
    expect((await takeOver(first, one)).status).toBe(200);
    expect((await takeOver(second, two)).status).toBe(200);
  });

  it.each([
    ['without a challenge', { return_to: `${app}/` }],
    ['with a challenge that is none', { return_to: `${app}/`, code_challenge: 'short' }],
    ['with a plain challenge', { return_to: `${app}/`, code_challenge_method: 'plain' }],
  ])('is not even begun %s', async (what, parameters) => {
    const challenge = what === 'without a challenge' ? {} : { code_challenge: newPkce().codeChallenge };
    const query = new URLSearchParams({ ...challenge, ...parameters });
    const { status, headers } = await new Browser().open(`${site.origin}/auth/login?${query}`, {
      stay: true,
    });
    expect([status, headers.get('location')]).toEqual([400, null]);
  });
});

describe('the state of a client that receives the code itself', () => {
  it('is given to pages of allowed origins, and to none elsewhere', async () => {
    const query = new URLSearchParams({ purpose: 'code', code_challenge: newPkce().codeChallenge });
    const ask = async (origin: string) => {
      const headers = { origin, 'sec-fetch-site': 'cross-site' };
      return (await fetch(`${site.origin}/auth/url?${query}`, { headers })).status;
    };
    expect(await ask(app)).toBe(200);
    expect(await ask('https://evil.example.com')).toBe(403);
  });

  it('sets no cookie', async () => {
    const query = new URLSearchParams({ purpose: 'code', code_challenge: newPkce().codeChallenge });
    const response = await fetch(`${site.origin}/auth/url?${query}`);
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toEqual([]);
  });
});
