import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCodeQuery, startConsentQuery } from '../../lambdas/api/requests/consent.ts';
import { Browser } from '../support/browser.ts';
import { callbacksOf } from '../support/callbacks.ts';
import { newPkce } from '../support/callers.ts';
import { type Site, startSite } from '../support/site.ts';

const { codeChallenge } = newPkce();

let site: Site;
let hands: ReturnType<typeof callbacksOf>;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, allowedReturnOrigins: 'https://app.example.com' });
  hands = callbacksOf(site);
});
afterAll(() => site.close());

/** As a script of our own page asks, which may have whatever there is. */
const ask = (path: string, query: string) => new Browser().fetch(`${site.origin}${path}?${query}`);

/** A value of each parameter that would be welcome alone. */
const right: Readonly<Record<string, string>> = {
  login_hint: 'ada@example.com',
  return_to: '%2Fmessages',
  prompt: 'consent',
  code_challenge: codeChallenge,
  code_challenge_method: 'S256',
  purpose: 'code',
  redirect_uri: '',
};

const program = `purpose=code&code_challenge=${codeChallenge}`;
const ways: [string, string][] = [
  ...['/auth/login', '/auth/url'].flatMap((path) =>
    Object.keys(startConsentQuery.entries).map((name): [string, string] => [path, name]),
  ),
  ...Object.keys(startCodeQuery.entries).map((name): [string, string] => [`/auth/url?${program}`, name]),
];

describe('a parameter that stands twice where a consent begins', () => {
  it.each(ways)('is refused, and nothing begins: %s, %s', async (way, name) => {
    const [path = '', first = ''] = way.split('?');
    const spelt = name.replace(/^./, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
    for (const again of [name, spelt]) {
      const query = `${first}&${name}=${right[name]}&${again}=${right[name]}`;
      const { status, text, headers } = await ask(path, query);
      expect([status, JSON.parse(text).code]).toEqual([400, 'invalid_request']);
      expect(headers.getSetCookie()).toEqual([]);
    }
    expect(await hands.pending()).toEqual([]);
  });
});

describe('what a caller says', () => {
  it('goes to Google as one parameter, and changes no other', async () => {
    const hint = 'a@example.com&redirect_uri=https://evil.example&scope=x#\r\nset-cookie: a=b;"><script>';
    const { headers } = await ask(
      '/auth/login',
      `login_hint=${encodeURIComponent(hint)}&scope=x&nonce=y&state=z`,
    );
    const url = new URL(headers.get('location') ?? '');
    expect(url.origin).toBe(site.google.origin);
    expect(url.hash).toBe('');
    const names = [...url.searchParams.keys()];
    expect(new Set(names).size).toBe(names.length);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      login_hint: hint,
      redirect_uri: `${site.origin}/auth/callback`,
      scope: expect.stringContaining('gmail.readonly'),
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
  });

  it.each([
    ['/auth/login', 'code_challenge_method=plain'],
    ['/auth/login', `return_to=https%3A%2F%2Fapp.example.com%2F&code_challenge=${'a'.repeat(42)}`],
    ['/auth/login', `return_to=https%3A%2F%2Fapp.example.com%2F&code_challenge=${'a'.repeat(44)}`],
    ['/auth/login', 'return_to=https%3A%2F%2Fapp.example.com%2F'],
    ['/auth/login', 'prompt=none'],
    ['/auth/login', `login_hint=${'a'.repeat(321)}`],
    ['/auth/login', program],
    ['/auth/url', 'purpose=code'],
    ['/auth/url', `${program}&redirect_uri=https%3A%2F%2Fevil.example`],
    ['/auth/url', `${program}&code_challenge_method=plain`],
    ['/auth/url', 'purpose=other'],
  ])('is refused where it would weaken the consent: %s?%s', async (path, query) => {
    const before = await hands.pending();
    const { status, text } = await ask(path, query);
    expect([status, JSON.parse(text).code]).toEqual([400, 'invalid_request']);
    expect(await hands.pending()).toEqual(before);
  });
});
