import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { callbacksOf, nothing } from '../support/callbacks.ts';
import { backendOf } from '../support/callers.ts';
import { type Site, startSite } from '../support/site.ts';

const gmail = 'https://www.googleapis.com/auth/gmail.';
const readonly = `${gmail}readonly`;
const day = 86_400_000;

let site: Site;
let hands: ReturnType<typeof callbacksOf>;
let browser: Browser;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, accessTokens: 'on' });
  hands = callbacksOf(site);
});
afterAll(() => site.close());
beforeEach(async () => {
  browser = new Browser();
  await site.forget();
});
afterEach(() => site.admin('DELETE', '/faults'));

/** Completes a consent, at the end of which the token endpoint does this to its answer. */
async function completeWith(effect: Record<string, unknown>, by = browser) {
  const url = await hands.callbackOf(by);
  await site.fault('token', effect, 0);
  return hands.ask(url, by);
}

describe('a token answer that is not Google’s form', () => {
  it.each<[string, Record<string, unknown>]>([
    ['the type of token is another', { set: { token_type: 'mac' } }],
    ['the token is bound to a key that we have not', { set: { token_type: 'DPoP' } }],
    ['the type of token is a list', { set: { token_type: ['Bearer'] } }],
    ['no access token comes', { omit: ['access_token'] }],
    ['the access token is empty', { set: { access_token: '' } }],
    ['the access token is a number', { set: { access_token: 7 } }],
    ['its life is negative', { set: { expires_in: -3599 } }],
    ['its life is zero', { set: { expires_in: 0 } }],
    ['its life is no number', { set: { expires_in: 'soon' } }],
    ['its life is a list', { set: { expires_in: [3599] } }],
    ['the scopes are a list', { set: { scope: [readonly] } }],
    ['the scopes are an object', { set: { scope: { [readonly]: true } } }],
  ])('stores nothing, and is not asked for again: %s', async (_, effect) => {
    const { status, code, page } = await completeWith(effect);
    expect([status, code]).toEqual([502, 'google_error']);
    expect(page.headers.getSetCookie()).toEqual([]);
    expect(await hands.tokenCalls()).toBe(1);
    expect(await hands.standing()).toEqual(nothing);
  });

  it.each([
    ['absent', { omit: ['refresh_token'] }],
    ['empty', { set: { refresh_token: '' } }],
    ['a number', { set: { refresh_token: 7 } }],
    ['a list', { set: { refresh_token: ['1//0'] } }],
  ])('has no refresh token: %s', async (_, effect) => {
    const { status, code } = await completeWith(effect);
    expect([status, code]).toEqual([400, 'no_refresh_token']);
    expect(await hands.tokenCalls()).toBe(1);
    expect(await hands.standing()).toEqual(nothing);
  });
});

describe('an access token that is said to live', () => {
  it.each([
    ['for ages', 1e15],
    ['beyond all dates', 1e300],
    ['for a year', 31_536_000],
  ])('%s is kept for a day at the most, and can be given away', async (_, expiresIn) => {
    expect((await completeWith({ set: { expires_in: expiresIn } })).status).toBe(303);
    const [{ accountId, accessTokenExpiresAt } = {}] = await site.items('grants');
    expect(accessTokenExpiresAt).toBeLessThanOrEqual(Date.now() + day);
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
    const { status } = await backendOf(site)('POST', `/accounts/${String(accountId)}/access-token`);
    expect(status).toBe(200);
  });

  it('for a second is asked for anew when it is needed', async () => {
    expect((await completeWith({ set: { expires_in: 1 } })).status).toBe(303);
    await hands.countTokenCalls();
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
    expect(await hands.tokenCalls()).toBe(1);
  });
});

describe('the scopes of the answer', () => {
  it.each([
    ['none', ''],
    ['only spaces', '   '],
    ['those of identity', 'openid email profile'],
    ['headers where reading was asked', `openid ${gmail}metadata`],
    ['one that begins like it', `openid ${readonly}.evil`],
    ['it in capitals', readonly.toUpperCase()],
    ['it by its short name', 'gmail.readonly'],
    ['it behind a comma', `openid,${readonly}`],
    ['it of another host', readonly.replace('googleapis.com', 'evil.example')],
  ])('do not suffice: %s', async (_, scope) => {
    const { status, code } = await completeWith({ set: { scope } });
    expect([status, code]).toEqual([403, 'insufficient_scope']);
    expect(await hands.standing()).toEqual(nothing);
  });

  it('narrower than those of the grant that stands leave it as it is', async () => {
    browser = await site.connected();
    const before = await site.items('grants');
    expect((await completeWith({ set: { scope: `openid ${gmail}metadata` } })).code).toBe(
      'insufficient_scope',
    );
    expect(await site.items('grants')).toEqual(before);
  });

  it('are what was asked when the answer does not say', async () => {
    expect((await completeWith({ omit: ['scope'] })).status).toBe(303);
    const [grant] = await site.items('grants');
    expect(grant?.['scopes']).toContain(readonly);
  });

  it('are kept as they were granted, with what nobody asked for, and shown as text', async () => {
    const odd = '"><script>alert(1)</script>';
    expect((await completeWith({ set: { scope: `openid ${readonly} ${odd}` } })).status).toBe(303);
    const [grant] = await site.items('grants');
    expect(grant?.['scopes']).toEqual([odd, readonly, 'openid'].sort());
    const page = await browser.open(`${site.origin}/`);
    expect(page.status).toBe(200);
    expect(page.text).toContain('&lt;script&gt;alert');
    expect(page.text).not.toContain('<script>alert');
  });
});
