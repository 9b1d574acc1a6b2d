import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { callbacksOf, nothing, parameterOf, withQuery } from '../support/callbacks.ts';
import { type Site, startSite } from '../support/site.ts';

const modify = 'https://www.googleapis.com/auth/gmail.modify';

let site: Site;
let hands: ReturnType<typeof callbacksOf>;
let browser: Browser;
/** The right callback of a consent that is under way all the while. */
let url: string;
let rows: unknown;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1 });
  hands = callbacksOf(site);
  browser = new Browser();
  url = await hands.callbackOf(browser);
  rows = await hands.pending();
  await hands.countTokenCalls();
});
afterAll(() => site.close());

/** The consent is as it was: refused before the state was looked at, and before Google was asked. */
async function expectUntouched(): Promise<void> {
  expect(await hands.pending()).toEqual(rows);
  expect(await hands.tokenCalls()).toBe(0);
  expect(await hands.standing()).toEqual(nothing);
}

describe('a parameter that stands twice', () => {
  const names = ['state', 'code', 'iss', 'scope', 'error', 'error_description', 'error_uri', 'authuser'];
  const spellings: [string, (name: string) => string][] = [
    ['as it is', (name) => name],
    ['as percent code', (name) => name.replace(/^./, (first) => `%${first.charCodeAt(0).toString(16)}`)],
  ];

  it.each(names.flatMap((name) => spellings.map(([how, spell]) => [name, how, spell] as const)))(
    'is refused: %s, written %s',
    async (name, _, spell) => {
      const value = encodeURIComponent(new URL(url).searchParams.get(name) ?? 'x');
      const once = url.includes(`${name}=`) ? url : `${url}&${name}=${value}`;
      for (const again of [value, 'other', '']) {
        const { status, code } = await hands.ask(`${once}&${spell(name)}=${again}`, browser);
        expect([status, code]).toEqual([400, name === 'state' ? 'invalid_state' : 'invalid_request']);
      }
      await expectUntouched();
    },
  );

  it.each([
    ['a comma', (state: string) => `state=${state}%2C${state}`],
    ['brackets', (state: string) => `state[]=${state}`],
    ['an index', (state: string) => `state[0]=${state}`],
    ['a capital', (state: string) => `State=${state}`],
    ['a semicolon', (state: string) => `x=y;state=${state}`],
    ['a second question mark', (state: string) => `?state=${state}`],
    ['a space after the name', (state: string) => `state%20=${state}`],
  ])('or is spelt so that only some server would read it is none: %s', async (_, query) => {
    const code = parameterOf(url, 'code');
    const answer = await hands.ask(
      `${site.origin}/auth/callback?code=${code}&${query(parameterOf(url, 'state'))}`,
      browser,
    );
    expect([answer.status, answer.code]).toEqual([400, 'invalid_state']);
    await expectUntouched();
  });
});

describe('an issuer that is not Google’s to the letter', () => {
  it.each([
    ['empty', () => ''],
    ['with a slash', (issuer: string) => `${issuer}/`],
    ['in capitals', (issuer: string) => issuer.toUpperCase()],
    ['with another scheme', (issuer: string) => issuer.replace('http:', 'https:')],
    ['without scheme', (issuer: string) => issuer.replace('http://', '')],
    ['as the beginning of another host', (issuer: string) => `${issuer}.evil.example`],
    ['as the user of another host', (issuer: string) => `${issuer}@evil.example`],
    ['with a space', (issuer: string) => `${issuer} `],
    ['Google’s own while another is in use', () => 'https://accounts.google.com'],
    ['ours', () => site.origin],
  ])('is refused: %s', async (_, issuerFrom) => {
    const iss = issuerFrom(site.google.origin);
    for (const changes of [{ iss }, { iss, code: null, error: 'access_denied' }]) {
      const { status, code } = await hands.ask(withQuery(url, changes), browser);
      expect([status, code]).toEqual([400, 'invalid_request']);
    }
    await expectUntouched();
  });
});

describe('a callback that is not asked for by GET', () => {
  it.each(['POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('is no route: %s', async (method) => {
    const { status } = await browser.fetch(url, { method });
    expect(status).toBe(404);
    await expectUntouched();
  });
});

describe('a request line beyond the gateway’s 10,240 bytes', () => {
  it.each(['state', 'code', 'iss', 'error_description', 'x'])(
    'reaches no function: a long %s',
    async (name) => {
      const logged = site.logs.length;
      const long = withQuery(url, { [name]: 'A'.repeat(10_240) });
      const { status, page } = await hands.ask(long, browser);
      expect([status, page.text]).toEqual([431, '{"message":"Request Header Fields Too Large"}']);
      expect(site.logs).toHaveLength(logged);
      await expectUntouched();
    },
  );

  it('and one below them is refused like any other', async () => {
    const long = withQuery(url, { state: 'A'.repeat(8_000) });
    expect((await hands.ask(long, browser)).code).toBe('invalid_state');
    await expectUntouched();
  });
});

describe('what the redirect says besides', () => {
  it('grants nothing: scopes count as the token endpoint tells them, and nobody is named by it', async () => {
    const forged = withQuery(url, {
      scope: `openid email ${modify}`,
      authuser: '1',
      hd: 'evil.example',
      prompt: 'none',
      login_hint: 'grace@example.com',
      return_to: 'https://evil.example/',
      access_token: 'ya29.forged',
      id_token: 'forged.forged.forged',
    });
    const { leadsTo } = await hands.ask(forged, browser);
    expect(leadsTo).toBe(`${site.origin}/`);
    const [grant] = await site.items('grants');
    expect(grant).toMatchObject({ email: 'ada@example.com' });
    expect(grant?.['scopes']).not.toContain(modify);
  });
});
