import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import {
  type Brought,
  backendOf,
  type Json,
  newPkce,
  type Pkce,
  postJson,
  problemOn,
  signInOnPhone,
} from '../support/callers.ts';
import { type Site, startSite } from '../support/site.ts';

const [ada, grace] = ['ada@example.com', 'grace@example.com'];
const app = 'https://app.example.com';

let site: Site;
let mine: Brought;

beforeAll(async () => {
  site = await startSite({ demoMessages: 2, allowedReturnOrigins: app });
});
beforeEach(async () => {
  await site.forget();
  await site.admin('DELETE', '/faults');
  mine = await onPhone(newPkce(), ada);
  // A fault that only waits no time counts the calls.
  await site.fault('token', { delayMs: 0 }, 0);
});
afterEach(() => site.setClockOffset(0));
afterAll(() => site.close());

const onPhone = (pkce: Pkce, account: string) => signInOnPhone(site, pkce, account);
const bring = (body: object, headers: Readonly<Record<string, string>> = {}) =>
  postJson(site, '/auth/code', body, headers);
const bringSigned = (body: object) => backendOf(site)('POST', '/accounts/code', { body });

/** How often Google was asked for tokens. */
async function tokenCalls(): Promise<number> {
  const { faults } = (await site.admin('GET', '/faults')) as { faults: { on: string; fired: number }[] };
  return faults.filter(({ on }) => on === 'token').reduce((sum, { fired }) => sum + fired, 0);
}

const stored = async () => [await site.items('grants'), await sessions()];
const sessions = async () =>
  (await site.items('logins')).filter(({ id }) => String(id).startsWith('session#'));

/** Both ways in refuse it before Google is asked, and nothing is stored. */
async function isRefused(body: object, code = 'invalid_state'): Promise<void> {
  for (const way of [bring, bringSigned]) {
    expect(await way(body)).toMatchObject({ status: 400, body: { code } });
  }
  expect(await tokenCalls()).toBe(0);
  expect(await stored()).toEqual([[], []]);
}

describe('a code that somebody else received', () => {
  it('is not taken with a state of the thief’s own login by its other half', async () => {
    const thiefs = await onPhone(newPkce(), grace);
    await isRefused({ ...thiefs, code: mine.code, codeVerifier: mine.codeVerifier });
    await isRefused({ ...mine, codeVerifier: thiefs.codeVerifier });
  });

  it('from the redirect of a browser fits no state that a program asked for: Google refuses the exchange', async () => {
    const page = await site.consent(new Browser(), { account: ada, stopBeforeCallback: true });
    const code = new URL(page.headers.get('location') ?? '').searchParams.get('code');
    const thiefs = await onPhone(newPkce(), grace);
    expect((await bring({ ...thiefs, code })).body['code']).toBe('code_exchange_failed');
    expect(await tokenCalls()).toBe(1);
    expect(await stored()).toEqual([[], []]);
  });
});

describe('a code that leaked, brought with a state and a verifier of the thief’s own', () => {
  it('is not taken with the ID token of the thief’s own account, and is spent', async () => {
    for (const way of [bring, bringSigned]) {
      const thiefs = await onPhone(newPkce(), grace);
      const { status, body } = await way({ ...thiefs, code: mine.code });
      expect([status, body['code']]).toEqual([
        way === bring ? 403 : 400,
        way === bring ? 'account_mismatch' : 'code_exchange_failed',
      ]);
    }
    expect(await stored()).toEqual([[], []]);
  });

  it('is not taken with the ID token of the victim’s sign-in, which answers another state', async () => {
    const thiefs = await onPhone(newPkce(), grace);
    await isRefused({ ...thiefs, code: mine.code, idToken: mine.idToken }, 'no_user_id');
  });

  it.each<[string, (idToken: string, victims: string) => string]>([
    ['the victim’s account in its claims', (idToken, sub) => claiming(idToken, { sub })],
    ['no signature', (idToken, sub) => claiming(idToken, { sub }).replace(/[^.]*$/, '')],
    ['no algorithm', (idToken, sub) => unsigned(claiming(idToken, { sub }))],
    ['a key of the thief’s own in its header', (idToken, sub) => selfSigned(claiming(idToken, { sub }))],
  ])('is not taken with an ID token that has %s', async (_, forge) => {
    const thiefs = await onPhone(newPkce(), grace);
    const victims = String(claimsOf(mine.idToken)['sub']);
    await isRefused({ ...thiefs, code: mine.code, idToken: forge(thiefs.idToken, victims) }, 'no_user_id');
  });

  it('is not taken from a backend that names the account of its own user', async () => {
    const { idToken, ...thiefs } = await onPhone(newPkce(), grace);
    const accountId = claimsOf(idToken)['sub'];
    const { status, body } = await bringSigned({ ...thiefs, code: mine.code, accountId, owner: 'acme' });
    expect([status, body['code']]).toEqual([403, 'account_mismatch']);
    expect(await stored()).toEqual([[], []]);
  });
});

describe('a code that was asked for without our challenge, at an address that the thief wrote', () => {
  it('is worthless after it came to our callback with a state that is refused', async () => {
    const thief = new Browser();
    const thiefs = new URL(
      (await thief.open(`${site.origin}/auth/login`, { stay: true })).headers.get('location') ?? '',
    );
    const downgraded = new URL(thiefs);
    downgraded.searchParams.delete('code_challenge');
    downgraded.searchParams.delete('code_challenge_method');
    downgraded.searchParams.set('state', 'chosen');
    const victim = new Browser();
    const page = await site.consent(victim, {
      start: downgraded.href,
      account: ada,
      stopBeforeCallback: true,
    });
    const refused = await victim.open(page.headers.get('location') ?? '');
    expect(problemOn(refused)).toBe('invalid_state');
    const code = new URL(page.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const query = new URLSearchParams({ code, state: thiefs.searchParams.get('state') ?? '' });
    const answer = await thief.open(`${site.origin}/auth/callback?${query}`);
    expect(problemOn(answer)).toBe('code_exchange_failed');
    expect(thief.cookie('localhost', 'session')).toBeUndefined();
    expect(await tokenCalls()).toBe(0);
    expect(await stored()).toEqual([[], []]);
  });
});

describe('a code that was brought', () => {
  it('is brought in vain again, by either way, whether or not it was taken', async () => {
    expect((await bring(mine)).status).toBe(200);
    const [before, calls] = [await stored(), await tokenCalls()];
    expect(calls).toBe(1);
    for (const way of [bring, bringSigned]) {
      expect((await way(mine)).body['code']).toBe('invalid_state');
    }
    expect([await stored(), await tokenCalls()]).toEqual([before, calls]);
  });

  it('with another program’s fresh state is not taken twice either: Google knows it as used', async () => {
    expect((await bring(mine)).status).toBe(200);
    const before = await site.items('grants');
    const again = await onPhone(newPkce(), ada);
    expect((await bring({ ...again, code: mine.code })).body['code']).toBe('code_exchange_failed');
    expect(await sessions()).toHaveLength(1);
    expect((await site.items('grants')).map(({ status }) => status)).toEqual(
      before.map(({ status }) => status),
    );
  });

  it('by a program and a backend at the same moment is taken once', async () => {
    const answers = await Promise.all([bring(mine), bringSigned(mine), bring(mine), bringSigned(mine)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await tokenCalls()).toBe(1);
    expect(await site.items('grants')).toHaveLength(1);
  });
});

describe('a forged origin', () => {
  it.each([
    'https://evil.example',
    'null',
    `${app}/`,
    `${app}.evil.example`,
    'https://sub.app.example.com',
    '',
  ])('gets neither a state nor a session: %j', async (origin) => {
    const before = await site.items('logins');
    const { codeChallenge } = newPkce();
    const query = new URLSearchParams({ purpose: 'code', code_challenge: codeChallenge });
    const asked = await fetch(`${site.origin}/auth/url?${query}`, { headers: { origin } });
    expect(asked.status).toBe(403);
    expect((await bring(mine, { origin })).body['code']).toBe('cross_site');
    expect(await site.items('logins')).toEqual(before);
    expect(await tokenCalls()).toBe(0);
  });

  it('names no other redirect URI, to which Google would send the code', async () => {
    const before = await site.items('logins');
    const own = `${site.origin}/auth/callback`;
    for (const uri of [
      app,
      `${app}/`,
      `${own}/`,
      `${own}?x`,
      `${own}#x`,
      own.replace('localhost', 'evil.example'),
      ' ',
    ]) {
      const query = { purpose: 'code', code_challenge: newPkce().codeChallenge, redirect_uri: uri };
      const asked = await fetch(`${site.origin}/auth/url?${new URLSearchParams(query)}`);
      const { code }: Json = JSON.parse(await asked.text());
      expect([uri, asked.status, code]).toEqual([uri, 400, 'invalid_request']);
    }
    expect(await site.items('logins')).toEqual(before);
  });
});

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function claimsOf(idToken: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString());
}

/** The token with other claims, under the signature that it had. */
function claiming(idToken: string, changes: object): string {
  const [header, , signature] = idToken.split('.');
  return [header, part({ ...claimsOf(idToken), ...changes }), signature].join('.');
}

function unsigned(idToken: string): string {
  return [part({ alg: 'none' }), idToken.split('.')[1], 'c2ln'].join('.');
}

/** Signed by a key that it brings itself. */
function selfSigned(idToken: string): string {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const header = part({ alg: 'RS256', jwk: publicKey.export({ format: 'jwk' }) });
  const signed = `${header}.${idToken.split('.')[1]}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
}
