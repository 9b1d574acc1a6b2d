import { assert, asyncProperty, constantFrom, oneof, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToken } from '../../../lambdas/http/cookies.ts';
import { hashOf } from '../../../lambdas/secrets.ts';
import {
  type Answer,
  browserHeaders,
  jsonOf,
  locationOf,
  type TestRequest,
} from '../../support/api-event.ts';
import { cookiesOf, origin } from '../../support/consent-journey.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { askedScopes } from '../../support/doubles/grants.ts';
import { sessionOf } from '../../support/doubles/memory-sessions.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';
import { linkJourney, linkSecret } from '../../support/link-journey.ts';

const day = 86_400_000;
const browser = { '__Host-login': tokenNamed('browser') };
const another = { '__Host-login': tokenNamed('another') };

/** The answer says that the link is of no use, and gives nothing by which one could go on. */
function expectInvalid(answer: Answer): void {
  expect([answer.status, jsonOf(answer)['code'], answer.cookies]).toEqual([400, 'invalid_link', []]);
  expect(jsonOf(answer)).not.toHaveProperty('authorizationUrl');
  expect(answer.text).not.toContain(linkSecret);
}

describe('the page of a connect link', () => {
  test('says who asks, for what, and until when', async () => {
    const { text, status } = await linkJourney().open();
    expect(status).toBe(200);
    expect(text).toContain('<bdi>Example Ltd</bdi>');
    expect(text).toContain('<li>read all your mail and mail settings</li>');
    expect(text).toContain('<time datetime="2026-11-02T00:00:00.000Z">02 Nov 2026, 00:00 UTC</time>');
    expect(text).not.toContain('https://www.googleapis.com/');
  });

  test.each([
    ['names the address that it is for', { email: 'ann@example.com' }, '<bdi>ann@example.com</bdi>'],
    ['says that it is for one account', { accountId: 'account-1' }, 'for one Google account only'],
  ])('%s', async (_, link, words) => {
    expect((await linkJourney({ link }).open()).text).toContain(words);
    expect((await linkJourney().open()).text).not.toContain('is for');
  });

  test('has one form, which needs no script and goes to this site', async () => {
    const { text } = await linkJourney().open();
    expect(text.match(/<form [^>]*>/g)).toEqual(['<form method="post" action="/connect">']);
    expect(text.match(/<input [^>]*>/g)).toEqual([`<input type="hidden" name="link" value="${linkSecret}">`]);
    expect(text).toContain('<button type="submit">');
    expect(text).not.toContain('<script');
  });

  test('lets its form lead to Google, whither Chromium would not follow it otherwise, and nowhere else', async () => {
    const { headers } = await linkJourney().open();
    expect(headers['content-security-policy']?.split('; ')).toEqual(
      expect.arrayContaining(["default-src 'none'", "form-action 'self' https:"]),
    );
  });

  test('keeps the link out of caches and out of the Referer, and lets the form say where it comes from', async () => {
    const { headers } = await linkJourney().open();
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'strict-origin' });
  });

  test('changes nothing, however often it is opened by whomever', async () => {
    const { open, links, link, pendingConsents, sessions } = linkJourney();
    for (const cookies of [{}, browser, another, {}]) {
      for (const headers of [browserHeaders, { 'user-agent': 'scanner' }, { 'sec-fetch-site': 'none' }]) {
        expect((await open(cookies, { headers })).status).toBe(200);
      }
    }
    expect([...links.rows.values()]).toEqual([link]);
    expect([pendingConsents.rows.size, sessions.rows.size]).toEqual([0, 0]);
  });

  test('gives the browser a cookie for as long as a link can live, or prolongs the one it has', async () => {
    const { open } = linkJourney();
    const fresh = await open();
    expect(isToken(cookiesOf(fresh)['__Host-login'] ?? '')).toBe(true);
    expect(fresh.cookies).toEqual([expect.stringContaining('; Max-Age=604800;')]);
    expect(cookiesOf(await open(browser))).toEqual(browser);
  });

  test('asks for what the configuration asks, in words', async () => {
    expect(askedScopes).toContain('https://www.googleapis.com/auth/gmail.readonly');
    const { text } = await linkJourney().open();
    expect(text.match(/<li>.*<\/li>/g)).toEqual([
      '<li>know which Google account this is</li>',
      '<li>see the address of your Google account</li>',
      '<li>see your name and picture</li>',
      '<li>read all your mail and mail settings</li>',
    ]);
  });

  test('has the same markup whoever asks and whoever is meant', async () => {
    const tags = (html: string) => html.match(/<[^>]*>/g);
    const harmless = await linkJourney({ link: { requester: 'a', email: 'a@b' } }).open();
    const words = oneof(
      string({ unit: 'grapheme', maxLength: 100 }),
      string({
        unit: constantFrom('<', '>', '"', "'", '&', '/', '=', 'a', ' ', '`', '-', '!', ';', '#'),
        maxLength: 40,
      }),
    );
    await assert(
      asyncProperty(words, words, async (requester, email) => {
        const { text } = await linkJourney({ link: { requester, email } }).open();
        expect(tags(text)).toEqual(tags(harmless.text));
        const shown = [...text.matchAll(/<bdi>(.*?)<\/bdi>/gs)].map(([, inner = '']) => readEscaped(inner));
        expect(shown).toEqual([requester, email]);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Undoes what makes text safe; anything that is not a character reference of these must be text. */
function readEscaped(html: string): string {
  const characters: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return html.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => characters[name] ?? '');
}

describe('a link that is of no use', () => {
  const uses: [string, (journey: ReturnType<typeof linkJourney>) => TestRequest | Promise<TestRequest>][] = [
    ['that is unknown', () => named(tokenNamed('unknown'))],
    ['that is the hash of one', () => named(hashOf(linkSecret))],
    ['cut short', () => named(linkSecret.slice(0, -1))],
    ['with more behind it', () => named(`${linkSecret}a`)],
    ['that is empty', () => named('')],
    ['that is missing', () => ({ query: '', body: '' })],
    [
      'that has expired',
      ({ clock }) => {
        clock.pass(day);
        return {};
      },
    ],
    [
      'that is used up',
      ({ links }) => {
        links.rows.clear();
        return {};
      },
    ],
    [
      'that is bound to another browser',
      async ({ press }) => {
        await press(another);
        return {};
      },
    ],
  ];
  const named = (link: string) => ({ query: `link=${link}`, body: `link=${link}` });

  test.each(uses)('is neither shown nor followed: one %s', async (_, spoil) => {
    const journey = linkJourney();
    const request = await spoil(journey);
    const rows = [...journey.links.rows.values()];
    expectInvalid(await journey.open(browser, { headers: {}, ...request }));
    expectInvalid(await journey.press(browser, request));
    expect([...journey.links.rows.values()]).toEqual(rows);
    expect([...journey.pendingConsents.rows.values()].map(({ binding }) => binding)).not.toContainEqual({
      browserHash: hashOf(browser['__Host-login']),
    });
  });

  test('is told to a person on a page, without a button', async () => {
    const { open, clock } = linkJourney();
    clock.pass(day);
    const { status, text } = await open();
    expect(status).toBe(400);
    expect(text).toContain('This link no longer works');
    expect(text).not.toMatch(/<form|\/auth\/login/);
  });

  test('is one moment before its end still of use', async () => {
    const { open, press, clock } = linkJourney();
    clock.pass(day - 1_000);
    expect((await open(browser)).status).toBe(200);
    expect((await press(browser)).status).toBe(303);
  });
});

describe('the button', () => {
  test('leads to Google, for what the link says', async () => {
    const { begin, pendingConsents, link } = linkJourney({ link: { accountId: 'account-1' } });
    const { url, browser: cookies } = await begin();
    expect(url.origin).toBe('https://accounts.google.com');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      prompt: 'consent',
      login_hint: 'account-1',
      redirect_uri: `${origin}/auth/callback`,
    });
    expect([...pendingConsents.rows.values()]).toEqual([
      expect.objectContaining({
        binding: { browserHash: hashOf(cookies['__Host-login'] ?? '') },
        returnTo: '/mailbox',
        invitation: { linkId: link.linkId, owner: 'tenant-1' },
        expectedAccountId: 'account-1',
        prompted: true,
      }),
    ]);
  });

  test('hints at the address that the link is for', async () => {
    const { begin, pendingConsents } = linkJourney({ link: { email: 'ann@example.com' } });
    const { url } = await begin();
    expect(url.searchParams.get('login_hint')).toBe('ann@example.com');
    const [pending] = pendingConsents.rows.values();
    expect(pending?.invitation?.email).toBe('ann@example.com');
    expect(pending?.expectedAccountId).toBeUndefined();
  });

  test('expects nobody by the session that the browser has', async () => {
    const { begin, sessions, pendingConsents } = linkJourney();
    await sessions.put(sessionOf(tokenNamed('session')));
    const { url } = await begin({ '__Host-session': tokenNamed('session') });
    const [pending] = pendingConsents.rows.values();
    expect(pending?.expectedAccountId).toBeUndefined();
    expect(url.searchParams.get('login_hint')).toBeNull();
  });

  test('may lead back to an address that is allowed, and to the start page once it no longer is', async () => {
    const returned = async (returnTo: string) => {
      const { begin, pendingConsents } = linkJourney({ link: { returnTo } });
      await begin();
      return [...pendingConsents.rows.values()].map((pending) => [
        pending.returnTo,
        pending.handoffChallenge,
      ]);
    };
    expect(await returned('https://app.example.com/done?a=b')).toEqual([
      ['https://app.example.com/done?a=b', undefined],
    ]);
    expect(await returned('https://formerly.example.com/done')).toEqual([['/', undefined]]);
  });

  test('can be pressed in an older browser, which names the origin only', async () => {
    const { press } = linkJourney();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin };
    expect((await press(browser, { headers })).status).toBe(303);
  });

  test('sends a form and nothing else', async () => {
    const { press, links, link } = linkJourney();
    const headers = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
    const answer = await press(browser, { headers, body: JSON.stringify({ link: linkSecret }) });
    expect([answer.status, jsonOf(answer)['code']]).toEqual([400, 'invalid_request']);
    expect([...links.rows.values()]).toEqual([link]);
  });

  test.each([{}, { '__Host-login': 'planted' }, { login: tokenNamed('browser') }])(
    'binds nobody who has no cookie of ours: %j',
    async (cookies) => {
      const { press, links, link } = linkJourney();
      const answer = await press(cookies);
      expect([answer.status, jsonOf(answer)['code']]).toEqual([400, 'invalid_request']);
      expect([...links.rows.values()]).toEqual([link]);
    },
  );

  test('binds the browser that presses first; it may press again, and look', async () => {
    const { begin, press, open, pendingConsents } = linkJourney();
    const first = await begin();
    expectInvalid(await press(another));
    expectInvalid(await open(another, { headers: {} }));
    expectInvalid(await open({}, { headers: {} }));
    expect((await open(first.browser)).status).toBe(200);
    const second = await begin(first.browser);
    expect(second.state).not.toBe(first.state);
    expect(pendingConsents.rows.size).toBe(2);
  });

  test('can be pressed again when the consent could not be started', async () => {
    const { press, cipher } = linkJourney();
    cipher.available = false;
    expect((await press(browser)).status).toBe(503);
    cipher.available = true;
    expect((await press(browser)).status).toBe(303);
    expectInvalid(await press(another));
  });

  test('prolongs the cookie that the link is bound to, and not the link', async () => {
    const { press, links } = linkJourney();
    expect(cookiesOf(await press(browser))).toEqual(browser);
    expect([...links.rows.values()]).toMatchObject([{ expiresAt: testStart + day }]);
  });

  test('leaves the secret in no address, no log and no table', async () => {
    const { begin, press, open, links, pendingConsents, log } = linkJourney();
    const { url, browser: cookies } = await begin();
    await press(another);
    await open(another);
    const rows = [[...links.rows], [...pendingConsents.rows]];
    const bytesToText = (_: string, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value;
    const written = JSON.stringify([url.href, rows, log.lines], bytesToText);
    expect(written).not.toContain(linkSecret);
    expect(written).not.toContain(cookies['__Host-login']);
    expect(locationOf(await press(cookies)).href).not.toContain(linkSecret);
  });
});
