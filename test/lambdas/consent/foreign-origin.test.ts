import { describe, expect, test } from 'vitest';
import { nonceOf } from '../../../lambdas/consent/verify-code.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { isToken } from '../../../lambdas/http/cookies.ts';
import { codeChallengeOf, hashOf } from '../../../lambdas/secrets.ts';
import {
  type Answer,
  browserHeaders,
  jsonOf,
  locationOf,
  type TestRequest,
} from '../../support/api-event.ts';
import { appOrigin, appScheme, code, consentJourney, origin } from '../../support/consent-journey.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { grantOf } from '../../support/doubles/grants.ts';
import { sessionOf } from '../../support/doubles/memory-sessions.ts';
import { exchangedCode, idTokenOf } from '../../support/doubles/scripted-exchange.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';

type Journey = ReturnType<typeof consentJourney>;

const day = 86_400_000;
const codeVerifier = tokenNamed('verifier-of-the-application');
const codeChallenge = codeChallengeOf(codeVerifier);
const session = tokenNamed('session');
const signedIn: TestRequest = { cookies: { '__Host-session': session } };

/** The query with which an application sends the browser to sign in. */
const asking = (returnTo = `${appOrigin}/home?tab=2`, more: Record<string, string> = {}): TestRequest => ({
  query: new URLSearchParams({ return_to: returnTo, code_challenge: codeChallenge, ...more }).toString(),
});

/** A consent that an application elsewhere asked for; gives the handoff that it gets. */
async function comeBack(journey: Journey, returnTo?: string): Promise<string> {
  const answer = await journey.consent(asking(returnTo));
  if (answer.status !== 303) throw new Error(`The consent failed: ${answer.text}`);
  return locationOf(answer).searchParams.get('handoff') ?? '';
}

function expectProblem(answer: Answer, status: number, problem: string): void {
  expect([answer.status, jsonOf(answer)['code'], answer.cookies]).toEqual([status, problem, []]);
}

describe('an application on another origin', () => {
  test.each([
    [`${appOrigin}/home?tab=2`, `${appOrigin}/home?tab=2&handoff=`],
    [appOrigin, `${appOrigin}/?handoff=`],
    [`${appScheme}/done`, `${appScheme}/done?handoff=`],
  ])('gets a handoff at %s, and the browser no session', async (returnTo, address) => {
    const journey = consentJourney();
    const answer = await journey.consent(asking(returnTo));
    expect(answer).toMatchObject({ status: 303, text: '', cookies: [] });
    const location = answer.headers['location'] ?? '';
    const handoff = location.slice(address.length);
    expect(location).toBe(address + handoff);
    expect(isToken(handoff)).toBe(true);
    expect(journey.sessions.rows.size).toBe(0);
    expect(journey.grants.rows.get('account-1')).toMatchObject({ status: 'active' });
  });

  test('takes the session over with its verifier', async () => {
    const journey = consentJourney();
    const handoff = await comeBack(journey);
    const answer = await journey.postSession({ handoff, codeVerifier }, { headers: { origin: appOrigin } });
    expect(answer).toMatchObject({ status: 200, cookies: [], headers: { 'cache-control': 'no-store' } });
    const { sessionToken } = jsonOf(answer);
    expect(jsonOf(answer)).toEqual({
      sessionToken,
      expiresAt: new Date(testStart + 30 * day).toISOString(),
      account: { id: 'account-1', email: 'ann@example.com' },
    });
    expect(isToken(String(sessionToken))).toBe(true);
    const generation = journey.grants.rows.get('account-1')?.generation ?? '';
    expect([...journey.sessions.rows.values()]).toEqual([
      sessionOf(String(sessionToken), {
        generation,
        idleLifetime: day / 2,
        endsAt: testStart + 30 * day,
      }),
    ]);
  });

  test('lets the browser stay signed in here as it was, whoever consented', async () => {
    const journey = consentJourney();
    await journey.sessions.put(sessionOf(session));
    journey.google.answer = async () => exchangedCode({ accountId: 'account-2' });
    const answer = await journey.consent({ ...signedIn, ...asking() });
    expect(answer).toMatchObject({ status: 303, cookies: [] });
    expect([...journey.sessions.rows.keys()]).toEqual([hashOf(session)]);
    expect([...journey.handoffs.rows.values()]).toMatchObject([{ accountId: 'account-2' }]);
  });

  test('learns nothing of who is signed in here: nobody is expected, nobody suggested, everybody asked', async () => {
    const journey = consentJourney();
    journey.put(await grantOf(journey.cipher));
    await journey.sessions.put(sessionOf(session));
    for (const passed of [0, 30 * day]) {
      journey.clock.pass(passed);
      const { url } = await journey.begin({ ...signedIn, ...asking() });
      expect([url.searchParams.has('login_hint'), url.searchParams.get('prompt')]).toEqual([
        false,
        'consent',
      ]);
    }
    for (const pending of journey.pendingConsents.rows.values()) {
      expect(pending).toMatchObject({ handoffChallenge: codeChallenge, prompted: true });
      expect(pending.expectedAccountId).toBeUndefined();
    }
  });

  test('hears of a consent that cannot be started, where a browser would be shown our problem', async () => {
    const journey = consentJourney();
    journey.pendingConsents.put = () => Promise.reject(new Problem('storage_unavailable'));
    const answer = await journey.login({ ...asking(), headers: browserHeaders });
    expect([answer.status, answer.headers['location']]).toEqual([
      303,
      `${appOrigin}/home?tab=2&error=storage_unavailable`,
    ]);
    expectProblem(await journey.login(asking()), 503, 'storage_unavailable');
    expect((await journey.login({ headers: browserHeaders })).status).toBe(503);
  });

  test('may suggest somebody', async () => {
    const { url } = await consentJourney().begin(asking(undefined, { login_hint: 'bob@example.com' }));
    expect(url.searchParams.get('login_hint')).toBe('bob@example.com');
  });

  test('never has its challenge sent to Google, which gets one of ours', async () => {
    const { url } = await consentJourney().begin(asking());
    expect(url.href).not.toContain(codeChallenge);
  });

  test('may name the method of its challenge, of which there is one', async () => {
    const journey = consentJourney();
    const named = (method: string) => journey.login(asking(undefined, { code_challenge_method: method }));
    expect((await named('S256')).status).toBe(303);
    expectProblem(await named('plain'), 400, 'invalid_request');
  });

  test('has its handoff nowhere in clear but in its address', async () => {
    const journey = consentJourney();
    const handoff = await comeBack(journey);
    const kept = JSON.stringify([[...journey.handoffs.rows], journey.log.lines]);
    expect(kept).toContain(hashOf(handoff));
    expect(kept).not.toContain(handoff);
  });
});

describe('a sign-in elsewhere is not begun', () => {
  test.each([
    ['with an empty challenge', { return_to: `${appOrigin}/`, code_challenge: '' }],
    ['with a challenge for a path of this site', { return_to: '/mailbox', code_challenge: codeChallenge }],
    ['with a challenge alone', { code_challenge: codeChallenge }],
    ['for two purposes', { return_to: `${appOrigin}/`, code_challenge: codeChallenge, purpose: 'code' }],
  ])('%s', async (_, parameters) => {
    const journey = consentJourney();
    const answer = await journey.login({ query: new URLSearchParams({ ...parameters }).toString() });
    expectProblem(answer, 400, 'invalid_request');
    expect(journey.pendingConsents.rows.size).toBe(0);
  });

  test('by /auth/url, which binds the browser of a page of this site', async () => {
    const journey = consentJourney();
    expectProblem(await journey.url(asking()), 400, 'invalid_request');
    expect(journey.pendingConsents.rows.size).toBe(0);
  });

  test('by /auth/url on another site, which is told where to lead the browser instead', async () => {
    const journey = consentJourney();
    const elsewhere = { headers: { 'sec-fetch-site': 'cross-site', origin: appOrigin } };
    const answer = await journey.url({ ...asking(), ...elsewhere });
    expectProblem(answer, 403, 'cross_site');
    expect(jsonOf(answer)['authorizationUrl']).toBe(loginLink);
    const evil = await journey.url({ query: 'return_to=https%3A%2F%2Fevil.com', ...elsewhere });
    expect(jsonOf(evil)['authorizationUrl']).toBe(`${origin}/auth/login`);
  });
});

/** Where the same sign-in starts anew. */
const loginLink = `${origin}/auth/login?${new URLSearchParams({
  return_to: `${appOrigin}/home?tab=2`,
  code_challenge: codeChallenge,
})}`;

describe('a sign-in elsewhere that failed', () => {
  test('at Google offers to start anew, back to the application with its challenge', async () => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin(asking());
    const answer = await journey.callback({ state, error: 'access_denied' }, { cookies: browser });
    expectProblem(answer, 403, 'access_denied');
    expect(jsonOf(answer)['authorizationUrl']).toBe(loginLink);
    const again = await journey.login({ query: new URL(loginLink).search.slice(1) });
    expect(again.status).toBe(303);
  });

  const refusals = ['google_unavailable', 'insufficient_scope', 'account_mismatch', 'domain_policy'] as const;

  test.each<[problem: string, query: Record<string, string>, thrown?: Error]>([
    ['access_denied', { error: 'access_denied' }],
    ['authorization_failed', { error: 'server_error', error_description: 'canary' }],
    ['internal_error', { code }, new TypeError('canary')],
    ...refusals.map((problem): [string, { code: string }, Error] => [
      problem,
      { code },
      new Problem(problem, { detail: 'canary' }),
    ]),
  ])('leads a browser back to the application with the error %s', async (problem, query, thrown) => {
    const journey = consentJourney();
    journey.google.answer = () => Promise.reject(thrown);
    for (const returnTo of [`${appOrigin}/home?tab=2`, `${appScheme}/done?tab=2`]) {
      const { state, browser } = await journey.begin(asking(returnTo));
      const request = { cookies: browser, headers: browserHeaders };
      const answer = await journey.callback({ state, ...query }, request);
      const location = `${returnTo}&error=${problem}`;
      expect(answer).toMatchObject({ status: 303, headers: { location }, cookies: [] });
      expect(journey.log.lines.at(-1)).toMatchObject({ code: problem });
      // So it does when the person goes back.
      expect(await journey.callback({ state, ...query }, request)).toMatchObject({ headers: { location } });
    }
  });

  test('leads nowhere as long as its state is not this browser’s', async () => {
    const journey = consentJourney();
    const { state } = await journey.begin(asking());
    const request = { cookies: { '__Host-login': tokenNamed('other') }, headers: browserHeaders };
    const answer = await journey.callback({ state, error: 'access_denied' }, request);
    expect([answer.status, answer.headers['location']]).toEqual([400, undefined]);
  });

  test.each([
    ['the code was refused, though somebody is signed in here', 'code_exchange_failed'],
    ['Google did not answer in time', 'google_timeout'],
  ] as const)('gives the application nothing: %s', async (_, problem) => {
    const journey = consentJourney();
    journey.put(await grantOf(journey.cipher));
    await journey.sessions.put(sessionOf(session));
    journey.google.answer = () => Promise.reject(new Problem(problem));
    const answer = await journey.consent({ ...signedIn, ...asking() });
    expect(jsonOf(answer)).toMatchObject({ code: problem, authorizationUrl: loginLink });
    expect(journey.handoffs.rows.size).toBe(0);
  });
});

describe('a handoff', () => {
  const take = (journey: Journey, handoff: string, request: TestRequest = {}) =>
    journey.postSession({ handoff, codeVerifier }, request);

  test.each([
    ['without an origin', {}, 200],
    ['not from a page of an application', { origin: appOrigin }, 403],
  ])('for an app is accepted %s', async (_, headers, status) => {
    const journey = consentJourney();
    const answer = await take(journey, await comeBack(journey, `${appScheme}/done`), { headers });
    expect([answer.status, journey.sessions.rows.size]).toEqual([status, status === 200 ? 1 : 0]);
  });

  test.each([
    ['the mailbox is being disconnected', { status: 'disconnecting' }],
    ['it was disconnected and connected anew', { generation: 'generation-9' }],
  ] as const)('opens nothing when %s meanwhile', async (_, change) => {
    const journey = consentJourney();
    const handoff = await comeBack(journey);
    const grant = journey.grants.rows.get('account-1') ?? (await grantOf(journey.cipher));
    journey.put({ ...grant, ...change });
    expectProblem(await take(journey, handoff), 401, 'login_required');
    expect(journey.sessions.rows.size).toBe(0);
  });

  test('opens nothing when the grant is gone meanwhile', async () => {
    const journey = consentJourney();
    const handoff = await comeBack(journey);
    journey.grants.rows.clear();
    expectProblem(await take(journey, handoff), 401, 'login_required');
  });
});

describe('a request for a session that is not valid', () => {
  const whole = { handoff: tokenNamed('handoff'), codeVerifier };

  test.each([
    ['a short verifier', { ...whole, codeVerifier: 'a'.repeat(42) }, 'codeVerifier'],
    ['a long verifier', { ...whole, codeVerifier: 'a'.repeat(129) }, 'codeVerifier'],
    ['a verifier of other characters', { ...whole, codeVerifier: '+'.repeat(43) }, 'codeVerifier'],
    ['no verifier', { handoff: whole.handoff }, 'codeVerifier'],
    ['no handoff', { codeVerifier }, 'handoff'],
    ['a handoff that is no text', { ...whole, handoff: 7 }, 'handoff'],
  ])('has %s', async (_, body, named) => {
    const answer = await consentJourney().postSession(body);
    expectProblem(answer, 400, 'invalid_request');
    expect(jsonOf(answer)['detail']).toContain(named);
    expect(answer.text).not.toContain(codeVerifier);
  });
});

describe('the state of a sign-in elsewhere', () => {
  test('is not completed with the verifier of the application', async () => {
    const journey = consentJourney();
    const { state } = await journey.begin(asking());
    const idToken = idTokenOf(nonceOf(state));
    expectProblem(await journey.postCode({ code, state, codeVerifier, idToken }), 400, 'invalid_state');
    expect([journey.google.calls.length, journey.pendingConsents.rows.size]).toEqual([0, 1]);
  });
});
