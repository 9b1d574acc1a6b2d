import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashOf } from '../../lambdas/secrets.ts';
import { Browser } from '../support/browser.ts';
import {
  backendOf,
  invite,
  type Json,
  newPkce,
  type Pkce,
  postJson,
  serverAuthCode,
  signInElsewhere,
  startCode,
} from '../support/callers.ts';
import { type Site, startSite } from '../support/site.ts';

const [ada, grace] = ['ada@example.com', 'grace@example.com'];
const app = 'https://app.example.com';

/** What a program brings that received a code itself. */
interface Brought {
  readonly code: string;
  readonly state: string;
  readonly codeVerifier: string;
}

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

/** A person says yes on a phone, or in a pop-up. */
async function onPhone({ codeVerifier, codeChallenge }: Pkce, account: string): Promise<Brought> {
  const { clientId, scopes, state } = await startCode(site, { codeChallenge }, '');
  const code = await serverAuthCode(site, account, { clientId, scopes });
  return { code, state: String(state), codeVerifier };
}

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
  it('is taken by nobody who has not the verifier, and stays good for whom it is', async () => {
    const { codeVerifier } = mine;
    const altered = `${codeVerifier.slice(0, -1)}${codeVerifier.endsWith('A') ? 'B' : 'A'}`;
    for (const guess of [
      newPkce().codeVerifier,
      hashOf(codeVerifier),
      mine.state,
      altered,
      `${codeVerifier}A`,
    ]) {
      await isRefused({ ...mine, codeVerifier: guess });
    }
    expect((await bring(mine)).status).toBe(200);
  });

  it('is not taken with a state of the thief’s own login by its other half', async () => {
    const thiefs = await onPhone(newPkce(), grace);
    await isRefused({ code: mine.code, state: thiefs.state, codeVerifier: mine.codeVerifier });
    await isRefused({ code: mine.code, state: mine.state, codeVerifier: thiefs.codeVerifier });
  });

  it('from the redirect of a browser fits no state that a program asked for: Google refuses the exchange', async () => {
    const page = await site.consent(new Browser(), { account: ada, stopBeforeCallback: true });
    const code = new URL(page.headers.get('location') ?? '').searchParams.get('code');
    const thiefs = await onPhone(newPkce(), grace);
    expect((await bring({ ...thiefs, code })).body['code']).toBe('code_exchange_failed');
    expect(await tokenCalls()).toBe(1);
    expect(await stored()).toEqual([[], []]);
  });

  it.each([
    ['guessed', async () => hashOf('guess')],
    ['the hash of one', async ({ state }: Brought) => hashOf(state)],
    ['the key of its row', async ({ state }: Brought) => `state#${hashOf(state)}`],
    ['altered', async ({ state }: Brought) => `${state.slice(0, -1)}${state.endsWith('A') ? 'B' : 'A'}`],
    ['with more behind it', async ({ state }: Brought) => `${state}A`],
    ['a link', async () => new URL(await invite(site, 'acme')).searchParams.get('link')],
  ])('is not taken with a state that is none: %s', async (_, make) => {
    await isRefused({ ...mine, state: await make(mine) });
  });

  it('is not taken with a handoff for a state, though both have one challenge', async () => {
    const pkce = newPkce();
    const address = await signInElsewhere(site, new Browser(), `${app}/`, pkce);
    const before = [await stored(), await tokenCalls()];
    const state = address.searchParams.get('handoff');
    const { body } = await bring({ ...mine, state, codeVerifier: pkce.codeVerifier });
    expect(body['code']).toBe('invalid_state');
    expect([await stored(), await tokenCalls()]).toEqual(before);
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

  it('too late is not taken, though its row still stands', async () => {
    site.setClockOffset(601_000);
    await isRefused(mine);
    expect((await site.items('logins')).map(({ id }) => id)).toContain(`state#${hashOf(mine.state)}`);
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
