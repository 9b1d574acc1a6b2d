import { describe, expect, test } from 'vitest';
import { nonceOf } from '../../../lambdas/consent/verify-code.ts';
import { Problem, type ProblemCode, problems } from '../../../lambdas/errors.ts';
import { isToken } from '../../../lambdas/http/cookies.ts';
import { codeChallengeOf, hashOf } from '../../../lambdas/secrets.ts';
import {
  type Answer,
  backendRole,
  browserHeaders,
  jsonOf,
  locationOf,
  type TestRequest,
} from '../../support/api-event.ts';
import { appOrigin, code, consentJourney, origin } from '../../support/consent-journey.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { askedScopes, grantedScopes, grantOf } from '../../support/doubles/grants.ts';
import { sessionOf } from '../../support/doubles/memory-sessions.ts';
import { exchangedCode, idTokenOf } from '../../support/doubles/scripted-exchange.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';

type Journey = ReturnType<typeof consentJourney>;

const day = 86_400_000;
const codeVerifier = tokenNamed('verifier-of-the-program');
const codeChallenge = codeChallengeOf(codeVerifier);
const signed: TestRequest = { signedBy: backendRole };

const asking = (more: Record<string, string> = {}): TestRequest => ({
  query: new URLSearchParams({ purpose: 'code', code_challenge: codeChallenge, ...more }).toString(),
});

/** The state that a program got for a code which it will have. */
async function begin(journey: Journey, more?: Record<string, string>): Promise<string> {
  const answer = await journey.url(asking(more));
  if (answer.status !== 200) throw new Error(`The consent was not started: ${answer.text}`);
  return String(jsonOf(answer)['state']);
}

/** What the program brings: the code, and an ID token of the same sign-in. */
const proofOf = (state: string, accountId?: string) => ({
  ...{ code, state, codeVerifier },
  idToken: idTokenOf(nonceOf(state), accountId),
});

/** The whole way of a program. */
async function bring(journey: Journey, request: TestRequest = {}): Promise<Answer> {
  return journey.postCode(proofOf(await begin(journey)), request);
}

function expectProblem(answer: Answer, problem: ProblemCode): void {
  expect([answer.status, jsonOf(answer)['code'], answer.cookies]).toEqual([
    problems[problem].status,
    problem,
    [],
  ]);
  expect(answer.text).not.toContain(code);
}

function expectNothingStored({ grants, sessions }: Journey): void {
  expect([grants.rows.size, sessions.rows.size]).toEqual([0, 0]);
}

describe('GET /auth/url?purpose=code', () => {
  test('says all that a program needs to get a code, and sets no cookie', async () => {
    const journey = consentJourney();
    const answer = await journey.url(asking());
    expect(answer).toMatchObject({ status: 200, cookies: [], headers: { 'cache-control': 'no-store' } });
    const { state } = jsonOf(answer);
    expect(jsonOf(answer)).toEqual({
      clientId: 'client-1',
      scopes: askedScopes,
      state,
      nonce: nonceOf(String(state)),
      expiresAt: '2026-11-01T00:10:00.000Z',
    });
    expect(isToken(String(state))).toBe(true);
  });

  test('writes down what is pending under the hash of the state, bound to the challenge alone, with no secrets', async () => {
    const journey = consentJourney();
    const state = await begin(journey);
    expect([...journey.pendingConsents.rows.values()]).toEqual([
      {
        loginId: hashOf(state),
        binding: { codeChallenge },
        redirectUri: '',
        returnTo: '/',
        prompted: true,
        clientId: 'client-1',
        scopes: askedScopes,
        expiresAt: testStart + 600_000,
      },
    ]);
  });

  test.each([
    ['a page of another origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    [
      'a page of another origin on the same site',
      { origin: 'https://x.example.com', 'sec-fetch-site': 'same-site' },
    ],
    ['a sandboxed page', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['a page that only embeds it', { 'sec-fetch-site': 'cross-site' }],
  ])('is closed to %s', async (_, headers) => {
    const journey = consentJourney();
    const answer = await journey.url({ ...asking(), headers });
    expectProblem(answer, 'cross_site');
    expect(jsonOf(answer)['authorizationUrl']).toBe(`${origin}/auth/login`);
    expect(journey.pendingConsents.rows.size).toBe(0);
  });

  test.each([
    ['an empty challenge', 'purpose=code&code_challenge='],
    ['a challenge that is none', 'purpose=code&code_challenge=short'],
    ['an empty purpose', `purpose=&code_challenge=${codeChallenge}`],
    ['Google’s pop-up', `purpose=code&code_challenge=${codeChallenge}&redirect_uri=postmessage`],
  ])('is not valid with %s', async (_, query) => {
    const journey = consentJourney();
    expectProblem(await journey.url({ query }), 'invalid_request');
    expect(journey.pendingConsents.rows.size).toBe(0);
  });
});

describe('POST /auth/code', () => {
  test('stores the grant and gives the program a session', async () => {
    const journey = consentJourney();
    const answer = await bring(journey, { headers: { origin: appOrigin } });
    expect(answer).toMatchObject({ status: 200, cookies: [], headers: { 'cache-control': 'no-store' } });
    const { sessionToken } = jsonOf(answer);
    expect(jsonOf(answer)).toEqual({
      sessionToken,
      expiresAt: new Date(testStart + 180 * day).toISOString(),
      account: { id: 'account-1', email: 'ann@example.com' },
    });
    const grant = journey.grants.rows.get('account-1');
    expect(grant).toMatchObject({ status: 'active', clientId: 'client-1', scopes: grantedScopes });
    expect(grant?.owner).toBeUndefined();
    expect([...journey.sessions.rows.values()]).toEqual([
      sessionOf(String(sessionToken), { generation: grant?.generation ?? '' }),
    ]);
    expect(journey.pendingConsents.rows.size).toBe(0);
  });

  test('exchanges the code as that of a phone, which had no redirect URI, verifier and nonce of ours', async () => {
    const journey = consentJourney();
    expect((await bring(journey)).status).toBe(200);
    expect(journey.google.calls).toEqual([{ code, redirectUri: '' }]);
  });

  test('refuses a code of another account than the ID token, and does not say whose it is', async () => {
    const journey = consentJourney();
    const answer = await journey.postCode(proofOf(await begin(journey), 'account-2'));
    expectProblem(answer, 'account_mismatch');
    expect(answer.text).not.toContain('ann@example.com');
    expectNothingStored(journey);
  });

  test('stores and logs no code, state, verifier or token in clear', async () => {
    const journey = consentJourney();
    const state = await begin(journey);
    const answer = await journey.postCode(proofOf(state));
    const bytesToText = (_: string, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value;
    const kept = JSON.stringify(
      [[...journey.grants.rows], [...journey.sessions.rows], journey.log.lines],
      bytesToText,
    );
    const { sessionToken } = jsonOf(answer);
    for (const secret of [
      code,
      state,
      codeVerifier,
      String(sessionToken),
      'new-refresh-token',
      'new-access-token',
    ]) {
      expect(kept).not.toContain(secret);
    }
  });

  test('names the account by the address that Google shows now', async () => {
    const journey = consentJourney();
    journey.put(await grantOf(journey.cipher));
    journey.google.answer = async () => exchangedCode({ email: 'moved@example.com' });
    const answer = await bring(journey);
    expect(jsonOf(answer)['account']).toEqual({ id: 'account-1', email: 'moved@example.com' });
  });

  test('needs no cookie, and heeds none', async () => {
    const journey = consentJourney();
    await journey.sessions.put(sessionOf(tokenNamed('session')));
    const cookies = { '__Host-session': tokenNamed('session'), '__Host-login': tokenNamed('browser') };
    expect(await bring(journey, { cookies })).toMatchObject({ status: 200, cookies: [] });
    expect(journey.sessions.rows.has(hashOf(tokenNamed('session')))).toBe(true);
  });

  test('takes no owner from a program', async () => {
    const journey = consentJourney();
    const answer = await journey.postCode({
      ...proofOf(await begin(journey)),
      owner: 'tenant-1',
    });
    expectProblem(answer, 'invalid_request');
    expectNothingStored(journey);
  });

  test.each([
    ['no code', { code: undefined }, 'code'],
    ['an empty code', { code: '' }, 'code'],
    ['a code that is no text', { code: 7 }, 'code'],
    ['no state', { state: undefined }, 'state'],
    ['a list of states', { state: ['a', 'b'] }, 'state'],
    ['no verifier', { codeVerifier: undefined }, 'codeVerifier'],
    ['no ID token', { idToken: undefined }, 'idToken'],
    ['an account in place of it', { idToken: undefined, accountId: 'account-1' }, 'idToken'],
    ['a short verifier', { codeVerifier: 'a'.repeat(42) }, 'codeVerifier'],
  ])('is not valid with %s', async (_, change, named) => {
    const journey = consentJourney();
    const answer = await journey.postCode({ ...proofOf(await begin(journey)), ...change });
    expectProblem(answer, 'invalid_request');
    expect(jsonOf(answer)['detail']).toContain(named);
    expect([journey.google.calls.length, journey.pendingConsents.rows.size]).toEqual([0, 1]);
  });
});

describe('the state of a program', () => {
  test('works once also when the exchange failed: a code is never tried twice', async () => {
    const journey = consentJourney();
    const body = proofOf(await begin(journey));
    journey.google.answer = () => Promise.reject(new Problem('google_timeout'));
    expectProblem(await journey.postCode(body), 'google_timeout');
    expectProblem(await journey.postCode(body), 'invalid_state');
    expect(journey.google.calls).toHaveLength(1);
  });
});

describe('one way’s state is none on the other', () => {
  test('a program’s at the callback, whatever cookie the browser has', async () => {
    const journey = consentJourney();
    const state = await begin(journey);
    const { browser } = await journey.begin();
    // Also a cookie whose hash is the very challenge: the two kinds of binding are kept apart.
    for (const cookies of [browser, { '__Host-login': codeVerifier }, {}]) {
      expectProblem(await journey.callback({ state, code }, { cookies }), 'invalid_state');
    }
    expect(journey.google.calls).toHaveLength(0);
    expectNothingStored(journey);
    expect((await journey.postCode(proofOf(state))).status).toBe(200);
  });

  test('a program’s at the callback of a browser, which is led away from the code', async () => {
    const journey = consentJourney();
    const state = await begin(journey);
    const { browser } = await journey.begin();
    const answer = await journey.callback({ state, code }, { cookies: browser, headers: browserHeaders });
    expect(locationOf(answer).href).toBe(`${origin}/auth/problem?problem=invalid_state`);
  });

  test('a browser’s at /auth/code, even with the very cookie for a verifier', async () => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin({ cookies: { '__Host-login': codeVerifier } });
    for (const request of [{}, { cookies: browser }]) {
      expectProblem(await journey.postCode(proofOf(state), request), 'invalid_state');
      expectProblem(await journey.postCodeSigned(proofOf(state), { ...request, ...signed }), 'invalid_state');
    }
    expect(journey.google.calls).toHaveLength(0);
    expect((await journey.callback({ state, code }, { cookies: browser })).status).toBe(303);
  });
});

describe('the outcomes are the callback’s', () => {
  test('the deployment names another client than the file: misconfigured, and the right file completes it', async () => {
    const journey = consentJourney();
    const state = await begin(journey);
    journey.google.client = 'client-2';
    // The ID token is for the client of the deployment: a verifier would find it untrusted.
    const proof = { ...proofOf(state), idToken: 'of another client' };
    expectProblem(await journey.postCode(proof), 'misconfigured');
    const remedy = expect.stringContaining('deploy with the client ID in the file, or upload the file');
    expect(journey.log.lines).toContainEqual(expect.objectContaining({ code: 'misconfigured', remedy }));
    expect(journey.google.calls).toHaveLength(0);
    expectNothingStored(journey);
    journey.google.client = 'client-1';
    expect((await journey.postCode(proofOf(state))).status).toBe(200);
  });
});

describe('POST /accounts/code', () => {
  const closed = { policy: { signUp: 'links-only' as const, signUpDomains: [] } };
  const bringSigned = async (journey: Journey, more: object = {}, request: TestRequest = signed) =>
    journey.postCodeSigned({ ...proofOf(await begin(journey)), ...more }, request);

  test('stores the grant for the owner that the backend names, and makes no session', async () => {
    const journey = consentJourney(closed);
    const answer = await bringSigned(journey, { owner: 'tenant-1' });
    expect(answer).toMatchObject({ status: 200, cookies: [] });
    expect(jsonOf(answer)).toEqual({ account: { id: 'account-1', email: 'ann@example.com' } });
    expect(journey.grants.rows.get('account-1')).toMatchObject({ owner: 'tenant-1', status: 'active' });
    expect(journey.sessions.rows.size).toBe(0);
  });

  test('names the account in place of an ID token, and takes no code of another', async () => {
    const journey = consentJourney();
    const named = { idToken: undefined, accountId: 'account-1' };
    expectProblem(await bringSigned(journey, { ...named, accountId: 'account-2' }), 'account_mismatch');
    expectNothingStored(journey);
    expect((await bringSigned(journey, named)).status).toBe(200);
  });

  test.each([
    ['neither account nor ID token', { idToken: undefined }],
    ['both', { accountId: 'account-1' }],
  ])('is not valid with %s, and says what to give', async (_, more) => {
    const journey = consentJourney();
    const answer = await bringSigned(journey, more);
    expectProblem(answer, 'invalid_request');
    expect(jsonOf(answer)['detail']).toContain('exactly one of accountId');
    expect(journey.google.calls).toEqual([]);
  });

  test('lets no stranger in where no owner is named', async () => {
    const journey = consentJourney(closed);
    expectProblem(await bringSigned(journey), 'sign_up_closed');
    expectNothingStored(journey);
  });

  test('takes no mailbox away from another owner', async () => {
    const journey = consentJourney(closed);
    const grant = await grantOf(journey.cipher, { owner: 'tenant-2' });
    journey.put(grant);
    expectProblem(await bringSigned(journey, { owner: 'tenant-1' }), 'owner_mismatch');
    expect(journey.grants.rows.get('account-1')).toEqual(grant);
  });

  test('stays within the owner of its query', async () => {
    const within = { ...signed, query: 'owner=tenant-1' };
    const journey = consentJourney(closed);
    expectProblem(await bringSigned(journey, { owner: 'tenant-2' }, within), 'invalid_request');
    expect(journey.pendingConsents.rows.size).toBe(1);
    expectNothingStored(journey);
    for (const more of [{ owner: 'tenant-1' }, {}]) {
      expect((await bringSigned(journey, more, within)).status).toBe(200);
      expect(journey.grants.rows.get('account-1')?.owner).toBe('tenant-1');
    }
  });

  test('is heeded wherever the backend lives, and says which origin it likes', async () => {
    const request = { ...signed, headers: { origin: 'https://backend.example' } };
    expect((await bringSigned(consentJourney(), {}, request)).status).toBe(200);
  });

  test('does not make a signature count at /auth/code', async () => {
    const journey = consentJourney(closed);
    expectProblem(await bring(journey, signed), 'sign_up_closed');
  });
});
