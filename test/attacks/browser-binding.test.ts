import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { callbacksOf, nothing, parameterOf, withQuery } from '../support/callbacks.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const mallory = { account: 'linus@example.org' };

let site: Site;
let hands: ReturnType<typeof callbacksOf>;
let victim: Browser;
let attacker: Browser;

beforeAll(async () => {
  site = await startSite({ demoMessages: 2 });
  hands = callbacksOf(site);
});
afterAll(() => site.close());
beforeEach(async () => {
  await site.forget();
  victim = new Browser();
  attacker = new Browser();
});

const accountOf = async (browser: Browser) =>
  JSON.parse((await browser.fetch(`${site.origin}/mailbox`)).text).account.email;

describe('a callback of somebody else’s consent', () => {
  it('does not sign a victim in to the attacker’s account, nor disturb the victim’s own sign-in', async () => {
    const theirs = await hands.callbackOf(attacker, mallory);
    const own = await hands.callbackOf(victim);
    await hands.countTokenCalls();
    for (const answer of [await hands.ask(theirs, victim), await hands.open(theirs, victim)]) {
      expect(answer.page.headers.getSetCookie()).toEqual([]);
      expect(answer.leadsTo ?? answer.code).toMatch(/invalid_state$/);
    }
    expect(await hands.tokenCalls()).toBe(0);
    expect(await hands.standing()).toEqual(nothing);
    expect((await hands.ask(own, victim)).status).toBe(303);
    expect(await accountOf(victim)).toBe(ada);
  });

  it('leaves a victim who is signed in as it finds them', async () => {
    victim = await site.connected();
    const before = await hands.standing();
    const cookie = victim.cookie('localhost', 'session');
    const answer = await hands.ask(await hands.callbackOf(attacker, mallory), victim);
    expect([answer.status, answer.code]).toEqual([400, 'invalid_state']);
    expect(victim.cookie('localhost', 'session')).toBe(cookie);
    expect(await hands.standing()).toEqual(before);
    expect(await accountOf(victim)).toBe(ada);
  });

  it('is no more welcome with a login cookie that only looks like the right one', async () => {
    const url = await hands.callbackOf(victim);
    const right = victim.cookie('localhost', 'login') ?? '';
    const [row = {}] = await hands.pending();
    const others = [
      '',
      right.slice(0, -1),
      `${right}A`,
      right.toUpperCase(),
      `"${right}"`,
      `%20${right}`,
      encodeURIComponent(`${right} `),
      String(row['browserHash']),
      parameterOf(url, 'state'),
      'A'.repeat(43),
    ];
    for (const value of others) {
      attacker.setCookie('localhost', 'login', value);
      expect((await hands.ask(url, attacker)).code).toBe('invalid_state');
    }
    for (const name of ['Login', '__Host-login', 'session', 'login2']) {
      const other = new Browser();
      other.setCookie('localhost', name, right);
      expect((await hands.ask(url, other)).code).toBe('invalid_state');
    }
    expect(await hands.pending()).toEqual([row]);
    expect((await hands.ask(url, victim)).status).toBe(303);
  });
});

describe('an authorization URL that is forwarded', () => {
  it('brings whoever consents there no session, and the attacker nothing at all', async () => {
    const start = await attacker.open(`${site.origin}/auth/login`, { stay: true });
    const forwarded = start.headers.get('location') ?? '';
    const url = await hands.callbackOf(victim, { start: forwarded });
    await hands.countTokenCalls();
    const answer = await hands.ask(url, victim);
    expect([answer.status, answer.code]).toEqual([400, 'invalid_state']);
    // The attacker has the right cookie and state, and no code.
    const state = parameterOf(url, 'state');
    const guess = await hands.ask(`${site.origin}/auth/callback?state=${state}`, attacker);
    expect(guess.code).toBe('invalid_state');
    expect(await hands.tokenCalls()).toBe(0);
    expect(await hands.standing()).toEqual(nothing);
  });
});

describe('an injected code', () => {
  /** Both callbacks with each other’s codes. */
  const crossed = (one: string, other: string) =>
    [
      withQuery(one, { code: parameterOf(other, 'code') }),
      withQuery(other, { code: parameterOf(one, 'code') }),
    ] as const;

  it('of another tab is refused in both, by PKCE', async () => {
    const [first, second] = crossed(
      await hands.callbackOf(victim),
      await hands.callbackOf(victim, { account: 'grace@example.com' }),
    );
    await hands.countTokenCalls();
    expect((await hands.ask(first, victim)).code).toBe('code_exchange_failed');
    expect((await hands.ask(second, victim)).code).toBe('code_exchange_failed');
    expect(await hands.tokenCalls()).toBe(2);
    expect(await hands.standing()).toEqual(nothing);
    expect(await hands.pending()).toEqual([]);
  });

  it('of the attacker’s account does not connect it in the victim’s browser, nor the other way round', async () => {
    const [own, theirs] = crossed(await hands.callbackOf(victim), await hands.callbackOf(attacker, mallory));
    expect((await hands.ask(own, victim)).code).toBe('code_exchange_failed');
    expect((await hands.ask(theirs, attacker)).code).toBe('code_exchange_failed');
    expect(await hands.standing()).toEqual(nothing);
  });
});
