import { describe, expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { hashOf } from '../../../lambdas/secrets.ts';
import { type Answer, browserHeaders, jsonOf, locationOf } from '../../support/api-event.ts';
import { appOrigin, code, consentJourney, cookiesOf, origin } from '../../support/consent-journey.ts';
import { sessionOf } from '../../support/doubles/memory-sessions.ts';
import { exchangedCode } from '../../support/doubles/scripted-exchange.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';
import { linkJourney } from '../../support/link-journey.ts';

type Journey = ReturnType<typeof consentJourney>;
type Cookies = Readonly<Record<string, string>>;

const second = 1_000;
const sessionCookie = '__Host-session';

/** A consent for `/mailbox` whose answer came; gives how the same address is opened again. */
async function completed(journey: Journey, query = 'return_to=%2Fmailbox') {
  const { state, browser } = await journey.begin({ query });
  const open = (cookies: Cookies = browser, changes: Record<string, string> = {}): Promise<Answer> =>
    journey.callback({ state, code, ...changes }, { cookies, headers: browserHeaders });
  const first = await open();
  return { browser, first, open, signedIn: { ...browser, ...cookiesOf(first) } };
}

const leadsToProblem = (answer: Answer) => [answer.status, locationOf(answer).pathname, answer.cookies];
const refused = [303, '/auth/problem', []];

describe('a callback that is repeated in its browser', () => {
  test('goes on to where the consent led when the browser is signed in, however late that hour', async () => {
    const journey = consentJourney();
    const { open, signedIn } = await completed(journey);
    for (const pass of [0, 3_000 * second]) {
      journey.clock.pass(pass);
      for (const changes of [{}, { code: 'another-code' }]) {
        const answer = await open(signedIn, changes);
        expect(answer).toMatchObject({ status: 303, headers: { location: '/mailbox' }, cookies: [] });
      }
    }
    expect([journey.google.calls.length, journey.sessions.rows.size]).toEqual([1, 1]);
  });

  test('waits for the first one, whose exchange still runs, and ends as that does', async () => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin({ query: 'return_to=%2Fmailbox' });
    const exchange = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    journey.google.answer = async () => {
      begun.resolve();
      await exchange.promise;
      return exchangedCode();
    };
    const open = () => journey.callback({ state, code }, { cookies: browser, headers: browserHeaders });
    const first = open();
    await begun.promise;
    const others = [open(), open()];
    exchange.resolve();
    const answers = await Promise.all([first, ...others]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 303, headers: { location: '/mailbox' } });
      expect(journey.sessions.rows.has(hashOf(cookiesOf(answer)[sessionCookie] ?? ''))).toBe(true);
    }
    expect(journey.google.calls).toHaveLength(1);
  });

  test('gives up on a first one that died, and starts again', async () => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin();
    journey.google.answer = () => new Promise(() => {});
    const request = { cookies: browser, headers: browserHeaders };
    journey.callback({ state, code }, request);
    const before = journey.clock();
    const answer = await journey.callback({ state, code }, request);
    expect(locationOf(answer).href).toBe(`${origin}/auth/problem?problem=invalid_state`);
    expect(journey.clock() - before).toBeLessThanOrEqual(30 * second);
    journey.clock.pass(30 * second);
    const late = journey.clock();
    expect(leadsToProblem(await journey.callback({ state, code }, request))).toEqual(refused);
    expect(journey.clock()).toBe(late);
  });

  test('ends the session of another account that the browser shows', async () => {
    const journey = consentJourney();
    const other = tokenNamed('other');
    const { open, browser } = await completed(journey);
    await journey.sessions.put(sessionOf(other, { accountId: 'account-2' }));
    const answer = await open({ ...browser, [sessionCookie]: other });
    expect(cookiesOf(answer)).toHaveProperty([sessionCookie]);
    expect(journey.sessions.rows.has(hashOf(other))).toBe(false);
  });

  test('gives no session after the session of a repeat was ended', async () => {
    const journey = consentJourney();
    const { open, browser } = await completed(journey);
    journey.sessions.delete(hashOf(cookiesOf(await open())[sessionCookie] ?? ''));
    const before = journey.sessions.rows.size;
    expect(leadsToProblem(await open(browser))).toEqual(refused);
    expect(journey.sessions.rows.size).toBe(before);
  });

  test('gives no session for the login cookie alone, if the browser had a session before', async () => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin();
    const victim = tokenNamed('victim');
    await completed(journey);
    await journey.sessions.put(
      sessionOf(victim, { generation: [...journey.grants.rows.values()][0]?.generation ?? '' }),
    );
    journey.google.answer = () => Promise.reject(new Problem('code_exchange_failed'));
    const open = (cookies: Cookies) =>
      journey.callback({ state, code: 'planted' }, { cookies, headers: browserHeaders });
    expect((await open({ ...browser, [sessionCookie]: victim })).headers['location']).toBe('/');
    expect(leadsToProblem(await open(browser))).toEqual(refused);
  });

  test('succeeds though its outcome cannot be stored', async () => {
    const journey = consentJourney();
    journey.pendingConsents.end = () => Promise.reject(new Problem('storage_unavailable'));
    const { first, signedIn } = await completed(journey);
    expect(first).toMatchObject({ status: 303, headers: { location: '/mailbox' } });
    expect(signedIn).toHaveProperty([sessionCookie]);
  });

  test('signs in four more times at the most', async () => {
    const journey = consentJourney();
    const { open } = await completed(journey);
    for (let times = 0; times < 4; times++) expect(cookiesOf(await open())).toHaveProperty([sessionCookie]);
    expect(leadsToProblem(await open())).toEqual(refused);
  });

  test('gives an application elsewhere a new handoff, for two minutes', async () => {
    const journey = consentJourney();
    const query = `return_to=${encodeURIComponent(`${appOrigin}/home`)}&code_challenge=${'c'.repeat(43)}`;
    const { open, first } = await completed(journey, query);
    const again = await open();
    for (const answer of [first, again]) {
      expect(locationOf(answer).href).toMatch(/^https:\/\/app\.example\.com\/home\?handoff=[\w-]{43}$/);
    }
    expect(journey.handoffs.rows.size).toBe(2);
    expect(again.cookies).toEqual([]);
    const withAnotherCode = await open(undefined, { code: 'another-code' });
    expect(withAnotherCode.headers['location']).toBe(`${appOrigin}/home`);
    journey.clock.pass(121 * second);
    expect((await open()).headers['location']).toBe(`${appOrigin}/home`);
    expect(journey.handoffs.rows.size).toBe(2);
  });
});

describe('a callback that failed, and is opened again', () => {
  test('shows the same problem, and counts and exchanges nothing', async () => {
    const counted: unknown[] = [];
    const journey = consentJourney({ metrics: (...counts) => counted.push(counts) });
    journey.google.answer = () => Promise.reject(new Problem('insufficient_scope'));
    const { open, first } = await completed(journey);
    expect(locationOf(first).search).toBe('?problem=insufficient_scope&return_to=%2Fmailbox');
    const shown = await journey.callback(locationOf(await open()).search.slice(1), {
      cookies: cookiesOf(await journey.login()),
      headers: browserHeaders,
    });
    expect(shown.status).toBe(400);
    expect([counted.length, journey.google.calls.length]).toEqual([2, 1]);
  });

  test('shows the words of its own at an address without the code, to its browser alone', async () => {
    const journey = linkJourney({ link: { email: 'ann@example.com' } });
    journey.google.answer = async () => exchangedCode({ email: 'bob@example.com' });
    const begun = await journey.begin();
    const led = locationOf(await journey.callback(begun, { code }, { headers: browserHeaders }));
    expect(led.href).toBe(`${origin}/auth/callback?state=${begun.state}`);
    const show = (browser: Cookies) =>
      journey.callback({ ...begun, browser }, {}, { headers: browserHeaders });
    const page = await show(begun.browser);
    expect(page.status).toBe(403);
    expect(page.text).toContain('The invitation is for ann@example.com, and you chose bob@example.com.');
    expect(page.text).toContain('open it once more');
    expect((await show({ '__Host-login': tokenNamed('other') })).text).not.toContain('@example.com');
    journey.clock.pass(3_601 * second);
    const late = await show(begun.browser);
    expect(late.status).toBe(400);
    expect(late.text).toContain('Start again: a sign-in works once, for ten minutes');
    expect(late.text).toContain(`href="${origin}/auth/login"`);
  });

  test('answers a program with the problem', async () => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin();
    for (let times = 0; times < 2; times++) {
      const answer = await journey.callback({ state, error: 'access_denied' }, { cookies: browser });
      expect([answer.status, jsonOf(answer)['code']]).toEqual([403, 'access_denied']);
    }
  });
});
