import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { callbacksOf, nothing, parameterOf, withQuery } from '../support/callbacks.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let browser: Browser;
let hands: ReturnType<typeof callbacksOf>;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1 });
  hands = callbacksOf(site);
});
afterAll(() => site.close());

/** The same length, with this character in the first place where another one stands. */
const withCharacter = (character: string) => (state: string) => {
  const at = [...state].findIndex((digit) => digit !== character);
  return state.slice(0, at) + character + state.slice(at + 1);
};

/** The last of 43 characters stands for four bits: with the other two it is another text of the same bytes. */
const sameBytes = (state: string) => {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return state.slice(0, -1) + digits.charAt(digits.indexOf(state.slice(-1)) ^ 1);
};

const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');

describe('a state that is not the one which was given out', () => {
  let url: string;
  let rows: unknown;

  beforeAll(async () => {
    browser = new Browser();
    url = await hands.callbackOf(browser);
    rows = await hands.pending();
    await hands.countTokenCalls();
  });

  const tampered: [string, (state: string) => string][] = [
    ['is empty', () => ''],
    ...[...'azAZ09-_.~+/=%!*\'"<>&#;, \t\n\r\0\u007f\u00e9\u202e\uff21\u{1f511}'].map(
      (character): [string, (state: string) => string] => [
        `has ${JSON.stringify(character)} in place of a character`,
        withCharacter(character),
      ],
    ),
    ['is in capitals', (state) => state.toUpperCase()],
    ['is in small letters', (state) => state.toLowerCase()],
    ['is back to front', (state) => [...state].reverse().join('')],
    ['is cut', (state) => state.slice(0, -1)],
    ['goes on', (state) => `${state}A`],
    ['is padded as base64', (state) => `${state}=`],
    ['is another text of the same bytes', sameBytes],
    ['is base64 without url', (state) => Buffer.from(state, 'base64url').toString('base64')],
    ['is followed by a space', (state) => `${state} `],
    ['comes after a space', (state) => ` ${state}`],
    ['is followed by a line', (state) => `${state}\r\nset-cookie: session=x`],
    ['is followed by a zero byte', (state) => `${state}\0`],
    ['stands twice in one', (state) => `${state},${state}`],
    ['is a list', (state) => JSON.stringify([state])],
    ['is percent code once more', (state) => encodeURIComponent(state).replace(/^./, '%41')],
    ['is the key of its own row', hashOf],
    ['is the whole key of its row', (state) => `state#${hashOf(state)}`],
    ['is a name of JavaScript', () => '__proto__'],
    ['is long', (state) => state.repeat(150)],
  ];

  it.each(tampered)('is refused and uses nothing up: it %s', async (_, tamper) => {
    const state = tamper(parameterOf(url, 'state'));
    expect(state).not.toBe(parameterOf(url, 'state'));
    const { status, code, page } = await hands.ask(withQuery(url, { state }), browser);
    expect([status, code]).toEqual([400, 'invalid_state']);
    expect(page.headers.getSetCookie()).toEqual([]);
    expect(await hands.pending()).toEqual(rows);
  });

  it('meanwhile cost no call to Google, and the right one still works', async () => {
    expect(await hands.tokenCalls()).toBe(0);
    expect(await hands.standing()).toEqual(nothing);
    expect((await hands.ask(url, browser)).status).toBe(303);
    expect(await hands.pending()).toEqual([]);
  });
});

describe('a state that comes back after it was used', () => {
  beforeEach(async () => {
    await site.forget();
    browser = new Browser();
  });
  afterEach(async () => {
    site.setClockOffset(0);
    await site.admin('DELETE', '/faults');
  });

  it('is refused when its row comes back too, but past its time', async () => {
    const url = await hands.callbackOf(browser);
    const [row = {}] = await hands.pending();
    expect((await hands.ask(url, browser)).status).toBe(303);
    await site.put('logins', row);
    const before = await hands.standing();
    await hands.countTokenCalls();
    site.setClockOffset(600_000);
    expect((await hands.ask(url, browser)).code).toBe('invalid_state');
    expect(await hands.tokenCalls()).toBe(0);
    expect(await hands.standing()).toEqual(before);
    expect(await hands.pending()).toEqual([row]);
  });

  it('brings a code that Google refuses, when its row was restored in time', async () => {
    const url = await hands.callbackOf(browser);
    const [row = {}] = await hands.pending();
    const unsigned = browser.copy();
    expect((await hands.ask(url, browser)).status).toBe(303);
    await site.put('logins', row);
    const before = await hands.standing();
    await hands.countTokenCalls();
    const { code, page } = await hands.ask(url, unsigned);
    expect(code).toBe('code_exchange_failed');
    expect(page.headers.getSetCookie()).toEqual([]);
    expect(await hands.tokenCalls()).toBe(1);
    expect(await hands.standing()).toEqual(before);
  });

  it('is good shortly before its end and not shortly after, though both rows stand', async () => {
    const [late, last] = [await hands.callbackOf(browser), await hands.callbackOf(browser)];
    const [{ expiresAt = 0 } = {}] = await hands.pending();
    const left = Number(expiresAt) * 1000 - Date.now();
    site.setClockOffset(left - 60_000);
    expect((await hands.ask(last, browser)).status).toBe(303);
    site.setClockOffset(left + 60_000);
    expect((await hands.ask(late, browser)).code).toBe('invalid_state');
  });
});
