import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashOf } from '../../lambdas/secrets.ts';
import { Browser } from '../support/browser.ts';
import { callbacksOf, parameterOf, withQuery } from '../support/callbacks.ts';
import { invite, newPkce, postJson, signInElsewhere, signInOnPhone } from '../support/callers.ts';
import { type Site, startSite } from '../support/site.ts';

const app = 'https://app.example.com';

/** A secret that was given out, and the ways to use it. */
interface Secret {
  readonly text: string;
  /** Uses the secret, or another text in its place, from where it may be used; whether that was accepted. */
  use(text?: string): Promise<boolean>;
  /** Uses it without what belongs to it: the verifier, or the browser. */
  readonly stolen: readonly (() => Promise<boolean>)[];
  /** How often it counted, of so many uses that were accepted. */
  counted?(accepted: number): Promise<number>;
}

interface Kind {
  readonly row: 'state' | 'handoff' | 'link';
  /** Milliseconds. */
  readonly lifetime: number;
  readonly issue: () => Promise<Secret>;
}

let site: Site;
let hands: ReturnType<typeof callbacksOf>;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, allowedReturnOrigins: app });
  hands = callbacksOf(site);
});
beforeEach(async () => {
  await site.forget();
  await hands.countTokenCalls();
});
afterEach(() => site.setClockOffset(0));
afterAll(() => site.close());

const logins = () => site.items('logins');
const minute = 60_000;

/** Verifiers that are not the right one, though each is near it or known. */
function wrongVerifiers(codeVerifier: string): string[] {
  const altered = `${codeVerifier.slice(0, -1)}${codeVerifier.endsWith('A') ? 'B' : 'A'}`;
  return [newPkce().codeVerifier, hashOf(codeVerifier), altered, `${codeVerifier}A`];
}

/** A browser in which somebody else has begun a consent. */
async function strangersBrowser(): Promise<Browser> {
  const browser = new Browser();
  await browser.open(`${site.origin}/auth/login`, { stay: true });
  return browser;
}

const kinds: Readonly<Record<string, Kind>> = {
  'the state of a redirect': {
    row: 'state',
    lifetime: 10 * minute,
    issue: async () => {
      const browser = new Browser();
      const url = await hands.callbackOf(browser);
      const ask = async (text: string, from: Browser) =>
        (await hands.ask(withQuery(url, { state: text }), from)).status === 303;
      const text = parameterOf(url, 'state');
      return {
        text,
        use: (other = text) => ask(other, browser.copy()),
        stolen: [new Browser(), await strangersBrowser()].map((other) => () => ask(text, other)),
        // A callback that comes again leads its own browser on; Google is asked once.
        counted: () => hands.tokenCalls(),
      };
    },
  },
  'a handoff': {
    row: 'handoff',
    lifetime: minute,
    issue: async () => {
      const { codeVerifier, codeChallenge } = newPkce();
      const address = await signInElsewhere(site, new Browser(), `${app}/`, { codeChallenge });
      const text = parameterOf(address.href, 'handoff');
      const bring = async (handoff: string, verifier: string) =>
        (await postJson(site, '/auth/session', { handoff, codeVerifier: verifier }, { origin: app }))
          .status === 200;
      return {
        text,
        use: (other = text) => bring(other, codeVerifier),
        stolen: wrongVerifiers(codeVerifier).map((wrong) => () => bring(text, wrong)),
      };
    },
  },
  'the state of a program': {
    row: 'state',
    lifetime: 10 * minute,
    issue: async () => {
      const brought = await signInOnPhone(site, newPkce(), 'ada@example.com');
      const bring = async (changes: object) =>
        (await postJson(site, '/auth/code', { ...brought, ...changes })).status === 200;
      return {
        text: brought.state,
        use: (state = brought.state) => bring({ state }),
        stolen: wrongVerifiers(brought.codeVerifier).map((codeVerifier) => () => bring({ codeVerifier })),
      };
    },
  },
  'a connect link': {
    row: 'link',
    lifetime: 24 * 60 * minute,
    issue: async () => {
      const text = parameterOf(await invite(site, 'acme'), 'link');
      const press = async (link: string) => {
        const headers = { 'sec-fetch-site': 'same-origin' };
        const body = new URLSearchParams({ link });
        const browser = new Browser();
        const shown = await browser.open(`${site.origin}/connect?${body}`);
        const pressed = await browser.open(`${site.origin}/connect`, {
          ...{ method: 'POST', body, stay: true, headers },
        });
        // What is not shown cannot be pressed either.
        expect(shown.status === 200 || pressed.status !== 303).toBe(true);
        return pressed.status === 303;
      };
      // It belongs to whoever presses first.
      return { text, use: (other = text) => press(other), stolen: [] };
    },
  },
};

/** The uses are refused and change nothing, and the secret still works. */
async function isUnharmed(secret: Secret, uses: readonly (() => Promise<boolean>)[]): Promise<void> {
  const before = await logins();
  for (const use of uses) expect(await use()).toBe(false);
  expect(await logins()).toEqual(before);
  expect(await secret.use()).toBe(true);
}

describe.each(Object.entries(kinds))('%s', (name, { row, lifetime, issue }) => {
  it('counts once, also for many that use it at the same moment', async () => {
    const secret = await issue();
    const uses = await Promise.all(Array.from({ length: 5 }, () => secret.use()));
    const again = [await secret.use(), await secret.use()];
    const accepted = [...uses, ...again].filter(Boolean).length;
    expect((await secret.counted?.(accepted)) ?? accepted).toBe(1);
  });

  it('ends, though its row is still stored', async () => {
    const secret = await issue();
    const before = await logins();
    expect(before.map(({ id }) => id)).toContain(`${row}#${hashOf(secret.text)}`);
    site.setClockOffset(lifetime + 1_000);
    expect(await secret.use()).toBe(false);
    expect(await logins()).toEqual(before);
  });

  it('is not guessed by one that is nearly right, nor by what the table holds', async () => {
    const secret = await issue();
    const { text } = secret;
    const stored = (await logins()).flatMap((item) => Object.values(item).map(String));
    const near = [0, 1, 20, 41, 42].map(
      (place) => `${text.slice(0, place)}${text[place] === 'A' ? 'B' : 'A'}${text.slice(place + 1)}`,
    );
    const forms = [
      text.slice(1),
      `${text}A`,
      `${text}=`,
      text.toLowerCase(),
      ` ${text}`,
      `${row}#${text}`,
      '',
    ];
    await isUnharmed(
      secret,
      [...near, ...forms, ...stored, hashOf(text)].map((guess) => () => secret.use(guess)),
    );
  });

  it('is no secret of another kind', async () => {
    const secret = await issue();
    const browser = await site.connected();
    const cookies = ['session', 'login'].map((cookie) => browser.cookie('localhost', cookie) ?? '');
    const others = Object.keys(kinds).filter((other) => other !== name);
    const texts = [...cookies];
    for (const other of others) texts.push((await kinds[other]?.issue())?.text ?? '');
    expect(texts.filter((text) => !/^[\w-]{43}$/.test(text))).toEqual([]);
    await isUnharmed(
      secret,
      texts.map((text) => () => secret.use(text)),
    );
  });
});

/** A link belongs to the browser that presses first. */
const bound = Object.entries(kinds).filter(([, { row }]) => row !== 'link');

it.each(bound)(
  '%s is worth nothing without the verifier or the browser that belong to it',
  async (_, { issue }) => {
    const secret = await issue();
    await isUnharmed(secret, secret.stolen);
  },
);
