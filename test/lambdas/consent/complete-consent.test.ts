import { describe, expect, test } from 'vitest';
import { decryptSecrets } from '../../../lambdas/consent/pending-consent.ts';
import { isProblemCode, Problem, type ProblemCode, problems } from '../../../lambdas/errors.ts';
import type { Grant } from '../../../lambdas/grants/grant.ts';
import { tokenContext } from '../../../lambdas/grants/vault.ts';
import { isToken } from '../../../lambdas/http/cookies.ts';
import { hashOf } from '../../../lambdas/secrets.ts';
import {
  type Answer,
  browserHeaders,
  jsonOf,
  locationOf,
  type TestRequest,
} from '../../support/api-event.ts';
import { code, consentJourney, cookiesOf, origin } from '../../support/consent-journey.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { grantedScopes, grantOf, modifyScope, readonlyScope } from '../../support/doubles/grants.ts';
import { sessionOf } from '../../support/doubles/memory-sessions.ts';
import { exchangedCode } from '../../support/doubles/scripted-exchange.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';

type Journey = ReturnType<typeof consentJourney>;

const session = tokenNamed('session');
const bothSteps =
  /option clientId and .* name different clients: deploy with the client ID in the file, or upload the file/;
const signedIn: TestRequest = { cookies: { '__Host-session': session } };

/** The tokens of account 1's grant in clear. */
async function tokensOf({ grants, cipher }: Journey) {
  const grant = grants.rows.get('account-1');
  if (grant === undefined) return undefined;
  return {
    refresh: await cipher.decrypt(grant.refreshToken, tokenContext(grant, 'refresh')),
    access:
      grant.accessToken &&
      (await cipher.decrypt(grant.accessToken.ciphertext, tokenContext(grant, 'access'))),
  };
}

/** The answer is this problem, offers a new consent of ours, signs nobody in and repeats no code. */
function expectProblem(answer: Answer, problem: ProblemCode): void {
  expect(jsonOf(answer)).toMatchObject({
    code: problem,
    status: problems[problem].status,
    authorizationUrl: expect.stringMatching(/^https:\/\/mail\.example\.com\/auth\/login(\?|$)/),
  });
  expect(answer.status).toBe(problems[problem].status);
  expect(answer.cookies).toEqual([]);
  expect(JSON.stringify(answer)).not.toContain(code);
}

function expectNothingStored({ grants, sessions }: Journey): void {
  expect(grants.rows.size).toBe(0);
  expect(sessions.rows.size).toBe(0);
}

describe('a consent that went well', () => {
  test('leads back with a session, its tokens encrypted in the vault', async () => {
    const journey = consentJourney();
    const answer = await journey.consent({ query: 'return_to=%2Fmessages%3Fq%3Dis%3Aunread' });
    expect(answer).toMatchObject({ status: 303, text: '', headers: { location: '/messages?q=is:unread' } });
    const token = cookiesOf(answer)['__Host-session'] ?? '';
    expect(isToken(token)).toBe(true);
    const [grant] = journey.grants.rows.values();
    expect(grant).toMatchObject({
      accountId: 'account-1',
      status: 'active',
      email: 'ann@example.com',
      clientId: 'client-1',
      scopes: grantedScopes,
      connectedAt: testStart,
    });
    expect(await tokensOf(journey)).toEqual({ refresh: 'new-refresh-token', access: 'new-access-token' });
    expect([...journey.sessions.rows.values()]).toEqual([
      sessionOf(token, { generation: grant?.generation ?? '' }),
    ]);
    expect(journey.google.calls).toHaveLength(1);
    expect(journey.pendingConsents.rows.size).toBe(0);
  });

  test('stores no token, code, state or cookie in clear, and says none of them', async () => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin();
    const [pending] = journey.pendingConsents.rows.values();
    const secretsOfPending = pending && (await decryptSecrets(pending, journey.cipher));
    const { codeVerifier, nonce } = secretsOfPending ?? { codeVerifier: '', nonce: '' };
    const answer = await journey.callback({ state, code }, { cookies: browser });
    const token = cookiesOf(answer)['__Host-session'] ?? '';
    const bytesToText = (_: string, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value;
    const stored = JSON.stringify([[...journey.grants.rows], [...journey.sessions.rows]], bytesToText);
    const said = JSON.stringify([answer.headers, answer.text, journey.log.lines]);
    const secrets = [code, state, codeVerifier, nonce, token, ...Object.values(browser)];
    for (const secret of [...secrets, 'new-refresh-token', 'new-access-token']) {
      expect(secret).not.toBe('');
      expect(stored).not.toContain(secret);
      expect(said).not.toContain(secret);
    }
  });

  test('sends the verifier and the nonce that belong to its state', async () => {
    const journey = consentJourney();
    const tabs = [await journey.begin(), await journey.begin()];
    const sealed = await Promise.all(
      tabs.map(async ({ state }) => {
        const pending = journey.pendingConsents.rows.get(hashOf(state));
        return pending && decryptSecrets(pending, journey.cipher);
      }),
    );
    for (const { state, browser } of tabs) await journey.callback({ state, code }, { cookies: browser });
    expect(journey.google.calls).toEqual(sealed.map((secrets) => ({ code, ...secrets })));
  });

  test('may name Google as its issuer', async () => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin();
    const iss = 'https://accounts.google.com';
    expect((await journey.callback({ state, code, iss }, { cookies: browser })).status).toBe(303);
  });

  test('takes the scopes that were asked where Google does not say which were granted', async () => {
    const journey = consentJourney();
    journey.google.answer = async () => exchangedCode({ scopes: undefined });
    expect((await journey.consent()).status).toBe(303);
    expect(journey.grants.rows.get('account-1')?.scopes).toEqual(grantedScopes);
  });

  test('ends the browser’s earlier session and no other', async () => {
    const journey = consentJourney();
    await journey.sessions.put(sessionOf(session));
    await journey.sessions.put(sessionOf(tokenNamed('elsewhere')));
    const answer = await journey.consent(signedIn);
    const fresh = cookiesOf(answer)['__Host-session'] ?? '';
    expect(fresh).not.toBe(session);
    expect([...journey.sessions.rows.keys()].toSorted()).toEqual(
      [hashOf(fresh), hashOf(tokenNamed('elsewhere'))].toSorted(),
    );
  });
});

test.each(['code=', `code=${code}&error=access_denied`])(
  'a callback with %s is refused before its state is used',
  async (query) => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin();
    const callback = (rest: string) => journey.callback(`state=${state}&${rest}`, { cookies: browser });
    expectProblem(await callback(query), 'invalid_request');
    expect((await callback(`code=${code}`)).status).toBe(303);
    expect(journey.google.calls).toHaveLength(1);
  },
);

test('a refused state has its own words if the browser sent no cookie', async () => {
  const journey = consentJourney();
  const { state } = await journey.begin();
  for (const [cookies, isSaid] of [
    [{}, true],
    [{ '__Host-login': tokenNamed('another') }, false],
  ] as const) {
    const { detail } = jsonOf(await journey.callback({ state, code }, { cookies }));
    expect(String(detail).startsWith('Your browser sent no cookie of this site')).toBe(isSaid);
  }
});

describe('an account without Gmail', () => {
  test('is told so, and nothing is stored', async () => {
    const journey = consentJourney({ hasGmail: async () => false });
    const { state, browser } = await journey.begin();
    expectProblem(await journey.callback({ state, code }, { cookies: browser }), 'gmail_not_enabled');
    expectNothingStored(journey);
  });

  test('that was connected before signs in: its copy can be read, its mailbox disconnected', async () => {
    let hasGmail = true;
    const journey = consentJourney({ hasGmail: async () => hasGmail });
    for (hasGmail of [true, false]) {
      const { state, browser } = await journey.begin();
      expect((await journey.callback({ state, code }, { cookies: browser })).status).toBe(303);
    }
  });
});

test('a code is sent to Google once, even if the exchange failed', async () => {
  const journey = consentJourney();
  journey.google.answer = () => Promise.reject(new Problem('google_timeout'));
  const { state, browser } = await journey.begin();
  const callback = () => journey.callback({ state, code }, { cookies: browser });
  for (let times = 0; times < 2; times++) expectProblem(await callback(), 'google_timeout');
  expect(journey.google.calls).toHaveLength(1);
  expectNothingStored(journey);
});

describe('the user said no, or Google sent another error', () => {
  const errors: [string, ProblemCode][] = [
    ['access_denied', 'access_denied'],
    ['server_error', 'authorization_failed'],
    ['temporarily_unavailable', 'authorization_failed'],
    ['admin_policy_enforced', 'domain_policy'],
    ['policy_enforced', 'domain_policy'],
    ['org_internal', 'domain_policy'],
  ];

  test.each(errors)('%s is answered by %s, with no token call', async (error, problem) => {
    const journey = consentJourney();
    const grant = await grantOf(journey.cipher);
    journey.put(grant);
    await journey.sessions.put(sessionOf(session));
    const { state, browser } = await journey.begin({ ...signedIn, query: 'return_to=%2Fmailbox' });
    const answer = await journey.callback({ state, error }, { cookies: browser });
    expectProblem(answer, problem);
    expect(jsonOf(answer)['authorizationUrl']).toBe(`${origin}/auth/login?return_to=%2Fmailbox`);
    expect([journey.google.calls.length, journey.pendingConsents.rows.size]).toEqual([0, 0]);
    expect([...journey.grants.rows.values()]).toEqual([grant]);
    expect([...journey.sessions.rows.keys()]).toEqual([hashOf(session)]);
  });

  test('Google’s words are shown to a person as text, cut to a sensible length', async () => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin();
    const answer = await journey.callback(
      { state, error: '<img src=x>', error_description: `"><script>alert(1)</script>${'x'.repeat(5_000)}` },
      { cookies: browser, headers: browserHeaders },
    );
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('&lt;img src=x&gt;');
    expect(answer.text).not.toMatch(/<img|<script/);
    expect(answer.text.length).toBeLessThan(3_000);
  });

  test('the description that comes with a refusal is shown, without what cannot be seen', async () => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin();
    const query = {
      state,
      error: 'access_denied',
      error_description: 'Blocked\u202e\nby your administrator',
    };
    const answer = await journey.callback(query, { cookies: browser });
    expectProblem(answer, 'access_denied');
    expect(jsonOf(answer)['detail']).toBe(
      'Google answered “access_denied: Blocked by your administrator”. Nothing was stored.',
    );
  });
});

describe('no refresh token came', () => {
  const withoutRefreshToken = async (
    stored?: Partial<Parameters<typeof grantOf>[1]>,
    request?: TestRequest,
  ) => {
    const journey = consentJourney();
    if (stored !== undefined) journey.put(await grantOf(journey.cipher, stored));
    journey.google.answer = async () => exchangedCode({ refreshToken: undefined });
    const before = journey.grants.rows.get('account-1');
    return { journey, before, answer: await journey.consent(request) };
  };

  test('the stored one is kept and used', async () => {
    const { journey, answer, before } = await withoutRefreshToken({});
    expect(answer).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(await tokensOf(journey)).toEqual({ refresh: 'stored-refresh-token', access: 'new-access-token' });
    expect(journey.grants.rows.get('account-1')).toMatchObject({
      consentId: before?.consentId,
      generation: before?.generation,
    });
    expect([...journey.sessions.rows.values()]).toMatchObject([{ generation: before?.generation }]);
  });

  const useless: [string, Partial<Parameters<typeof grantOf>[1]> | undefined][] = [
    ['none is stored', undefined],
    ['the stored one is revoked', { status: 'revoked' }],
    ['the stored one is being disconnected', { status: 'disconnecting' }],
    ['the stored one was given to another client', { clientId: 'client-0' }],
    ['the stored one lacks a scope that is asked now', { scopes: ['openid'] }],
    ['the stored one is of another account', { accountId: 'account-2' }],
  ];

  test.each(useless)('and %s: the user is asked again, nothing is stored', async (_, stored) => {
    const { journey, answer, before } = await withoutRefreshToken(stored);
    expectProblem(answer, 'no_refresh_token');
    expect(journey.grants.rows.get('account-1')).toEqual(before);
    expect(journey.sessions.rows.size).toBe(0);
    expect(journey.google.calls).toHaveLength(1);
  });

  test('though the prompt was left out: the browser is sent once more with it, then told', async () => {
    const journey = consentJourney();
    journey.put(await grantOf(journey.cipher));
    await journey.sessions.put(sessionOf(session));
    journey.clock.pass(30 * 86_400_000);
    const first = await journey.begin({ ...signedIn, query: 'return_to=%2Fmessages' });
    expect(first.url.searchParams.has('prompt')).toBe(false);
    journey.grants.rows.clear();
    journey.google.answer = async () => exchangedCode({ refreshToken: undefined });
    const again = await journey.callback({ state: first.state, code }, { cookies: first.browser });
    expect(again).toMatchObject({ status: 303, cookies: [] });
    const link = locationOf(again);
    expect(link.href).toBe(`${origin}/auth/login?prompt=consent&return_to=%2Fmessages`);
    expect(journey.grants.rows.size).toBe(0);

    const second = await journey.begin({ cookies: first.browser, query: link.search.slice(1) });
    expect(second.url.searchParams.get('prompt')).toBe('consent');
    const told = await journey.callback({ state: second.state, code }, { cookies: second.browser });
    expectProblem(told, 'no_refresh_token');
    expect(journey.google.calls).toHaveLength(2);
  });
});

describe('the exchange failed', () => {
  const failed = async (prepare: (journey: Journey) => Promise<void> | void, request: TestRequest = {}) => {
    const journey = consentJourney();
    await prepare(journey);
    const before = new Map(journey.grants.rows);
    journey.google.answer = () => Promise.reject(new Problem('code_exchange_failed'));
    const answer = await journey.consent(
      { query: 'return_to=%2Fmailbox', ...request },
      request.headers ? { headers: request.headers } : {},
    );
    expect(journey.grants.rows).toEqual(before);
    expect(journey.google.calls).toHaveLength(1);
    return { journey, answer };
  };
  const standing = async ({ cipher, put, sessions }: Journey, grant: Parameters<typeof grantOf>[1] = {}) => {
    put(await grantOf(cipher, grant));
    await sessions.put(sessionOf(session));
  };

  test('nobody is signed in: nothing is stored, and a new consent is offered', async () => {
    const { journey, answer } = await failed(() => {});
    expectProblem(answer, 'code_exchange_failed');
    expect(jsonOf(answer)['authorizationUrl']).toBe(`${origin}/auth/login?return_to=%2Fmailbox`);
    expectNothingStored(journey);
  });

  test('the browser has a live session with an active grant: that goes on, as the guide says', async () => {
    const { journey, answer } = await failed(standing, signedIn);
    expect(answer).toMatchObject({ status: 303, headers: { location: '/mailbox' }, cookies: [] });
    expect([...journey.sessions.rows.keys()]).toEqual([hashOf(session)]);
  });

  const unusable: [string, Parameters<typeof grantOf>[1]][] = [
    ['is revoked', { status: 'revoked' }],
    ['is being disconnected', { status: 'disconnecting' }],
    ['is of a later generation', { generation: 'generation-2' }],
    ['was given to another client', { clientId: 'client-0' }],
    ['lacks a scope', { scopes: ['openid'] }],
  ];

  test.each(unusable)('the session is live but its grant %s: no way on', async (_, grant) => {
    const { answer } = await failed((journey) => standing(journey, grant), signedIn);
    expectProblem(answer, 'code_exchange_failed');
  });

  test('the session has ended by disuse: no way on', async () => {
    const { answer } = await failed(async (journey) => {
      await standing(journey);
      journey.clock.pass(30 * 86_400_000);
    }, signedIn);
    expectProblem(answer, 'code_exchange_failed');
  });

  test('the client was changed while the user was at Google: the code is not sent to the new one', async () => {
    const journey = consentJourney({ completedWith: 'client-2' });
    const { state, browser } = await journey.begin();
    journey.google.client = 'client-2';
    expectProblem(await journey.callback({ state, code }, { cookies: browser }), 'code_exchange_failed');
    expect(journey.google.calls).toHaveLength(0);
    expectNothingStored(journey);
  });

  test('the deployment still names another client than the file: the administrator is told what to do', async () => {
    const journey = consentJourney();
    const { state, browser } = await journey.begin();
    journey.google.client = 'client-2';
    const request = { cookies: browser, headers: browserHeaders };
    const answer = await journey.callback({ state, code }, request);
    expect(answer).toMatchObject({ status: 303, headers: { location: `/auth/callback?state=${state}` } });
    expect(journey.log.lines).toContainEqual(
      expect.objectContaining({ code: 'misconfigured', remedy: expect.stringMatching(bothSteps) }),
    );
    const page = await journey.callback({ state }, request);
    expect(page.status).toBe(503);
    expect(page.text).toContain('Its settings name two OAuth clients. Nothing was stored.');
    expect(journey.google.calls).toHaveLength(0);
    expectNothingStored(journey);
    // The state is used up: what is in the address bar or a log is of no use to anybody.
    journey.google.client = 'client-1';
    expectProblem(await journey.callback({ state, code }, { cookies: browser }), 'misconfigured');
    expect(journey.google.calls).toHaveLength(0);
  });
});

describe('the exchange had another end', () => {
  const ends: ProblemCode[] = [
    'no_user_id',
    'misconfigured',
    'google_unavailable',
    'google_timeout',
    'google_error',
  ];

  test.each(ends)(
    '%s: nothing is stored, a new consent is offered, even to who is signed in',
    async (problem) => {
      const journey = consentJourney();
      const grant = await grantOf(journey.cipher);
      journey.put(grant);
      await journey.sessions.put(sessionOf(session));
      journey.google.answer = () => Promise.reject(new Problem(problem));
      expectProblem(await journey.consent(signedIn), problem);
      expect(journey.grants.rows.get('account-1')).toEqual(grant);
      expect([...journey.sessions.rows.keys()]).toEqual([hashOf(session)]);
      expect(journey.google.calls).toHaveLength(1);
    },
  );

  test('an error nobody foresaw is told without the code in the address bar', async () => {
    const journey = consentJourney();
    journey.google.answer = () => Promise.reject(new TypeError(`about ${code}`));
    const answer = await journey.consent({}, { headers: browserHeaders });
    expect(locationOf(answer).href).toBe(`${origin}/auth/problem?problem=internal_error`);
    expect(JSON.stringify([answer, journey.log.lines])).not.toContain(code);
  });
});

describe('every problem that a browser with a code meets', () => {
  test.each(Object.keys(problems).filter(isProblemCode))(
    '%s leads to an address without the code: by the problem’s name, or where its own words are shown',
    async (problem) => {
      const journey = consentJourney();
      journey.google.answer = () => Promise.reject(new Problem(problem));
      const answer = await journey.consent({}, { headers: browserHeaders });
      expect(answer.status).toBe(303);
      expect(answer.headers['location']).toBe(`/auth/problem?problem=${problem}`);
      journey.google.answer = () => Promise.reject(new Problem(problem, { detail: 'canary words' }));
      const { state, browser } = await journey.begin();
      const own = await journey.callback({ state, code }, { cookies: browser, headers: browserHeaders });
      expect([own.status, own.headers['location']]).toEqual([303, `/auth/callback?state=${state}`]);
    },
  );
});

describe('another account than the one expected', () => {
  test('is refused: the old grant stays as it is, the new token is dropped', async () => {
    const journey = consentJourney();
    const grant = await grantOf(journey.cipher);
    journey.put(grant);
    await journey.sessions.put(sessionOf(session));
    journey.google.answer = async () => exchangedCode({ accountId: 'account-2', email: 'bob@example.com' });
    expectProblem(await journey.consent(signedIn), 'account_mismatch');
    expect([...journey.grants.rows]).toEqual([['account-1', grant]]);
    expect([...journey.sessions.rows.keys()]).toEqual([hashOf(session)]);
  });

  test('is welcome where nobody was expected', async () => {
    const journey = consentJourney();
    journey.put(await grantOf(journey.cipher));
    journey.google.answer = async () => exchangedCode({ accountId: 'account-2' });
    expect((await journey.consent()).status).toBe(303);
    expect([...journey.grants.rows.keys()]).toEqual(['account-1', 'account-2']);
  });

  test('is decided by the account, never by its address', async () => {
    const journey = consentJourney();
    journey.put(await grantOf(journey.cipher));
    await journey.sessions.put(sessionOf(session));
    journey.google.answer = async () => exchangedCode({ email: 'alias@example.com' });
    expect((await journey.consent(signedIn)).status).toBe(303);
    expect([...journey.grants.rows.keys()]).toEqual(['account-1']);
  });
});

describe('what the user unticked', () => {
  const consentWith = async (scopes: string[], stored?: (journey: Journey) => Promise<Grant>) => {
    const journey = consentJourney();
    if (stored !== undefined) journey.put(await stored(journey));
    const before = new Map(journey.grants.rows);
    journey.google.answer = async () => exchangedCode({ scopes });
    return { journey, before, answer: await journey.consent() };
  };
  const withoutGmail = grantedScopes.filter((scope) => scope !== readonlyScope);

  test.each([
    ['none is stored', undefined],
    ['an active grant has it', (journey: Journey) => grantOf(journey.cipher)],
  ])('the Gmail scope, while %s: nothing is stored or changed', async (_, stored) => {
    const { journey, answer, before } = await consentWith(withoutGmail, stored);
    expectProblem(answer, 'insufficient_scope');
    expect(journey.grants.rows).toEqual(before);
    expect(journey.sessions.rows.size).toBe(0);
  });

  test('the profile: the mailbox was granted all the same', async () => {
    const { journey, answer } = await consentWith([readonlyScope, 'openid']);
    expect(answer.status).toBe(303);
    expect(journey.grants.rows.get('account-1')?.scopes).toEqual([readonlyScope, 'openid']);
  });

  test('a scope that an active grant has beyond what is asked: the wider grant stays, and serves', async () => {
    const { journey, answer, before } = await consentWith(grantedScopes, ({ cipher }) =>
      grantOf(cipher, { scopes: [...grantedScopes, modifyScope] }),
    );
    expect(answer.status).toBe(303);
    expect(journey.grants.rows).toEqual(before);
    expect([...journey.sessions.rows.values()]).toMatchObject([{ generation: 'generation-1' }]);
  });
});

describe('a refresh token came though a grant is stored', () => {
  const replaced = async (stored: Parameters<typeof grantOf>[1]) => {
    const journey = consentJourney();
    const before = await grantOf(journey.cipher, stored);
    journey.put(before);
    expect((await journey.consent()).status).toBe(303);
    expect(await tokensOf(journey)).toEqual({ refresh: 'new-refresh-token', access: 'new-access-token' });
    const after = journey.grants.rows.get('account-1');
    expect(after?.status).toBe('active');
    expect(after?.clientId).toBe('client-1');
    expect(after?.consentId).not.toBe(before.consentId);
    expect([...journey.sessions.rows.values()].at(-1)?.generation).toBe(after?.generation);
    return { before, after };
  };

  test.each([
    ['active', {}],
    ['revoked', { status: 'revoked' as const }],
    ['another client’s', { clientId: 'client-0' }],
    ['another client’s and wider', { clientId: 'client-0', scopes: [...grantedScopes, modifyScope] }],
    ['revoked and wider', { status: 'revoked' as const, scopes: [...grantedScopes, modifyScope] }],
    ['narrower', { scopes: ['openid'] }],
  ])('the new one replaces one that is %s, in the same generation', async (_, stored) => {
    const { before, after } = await replaced(stored);
    expect(after?.generation).toBe(before.generation);
  });

  test('the new one begins a new generation where a disconnect is under way', async () => {
    const { before, after } = await replaced({ status: 'disconnecting' });
    expect(after?.generation).not.toBe(before.generation);
  });
});

describe('the vault or the database fails', () => {
  test('somebody else changed the row once: the consent is stored over what stands now', async () => {
    let refusals = 1;
    const journey = consentJourney({
      wrapGrants: (grants) => ({
        ...grants,
        replace: async (grant, seen) => {
          if (refusals-- > 0) {
            grants.rows.set('account-1', {
              ...grant,
              consentId: 'other',
              generation: 'other',
              clientId: 'client-0',
            });
            return false;
          }
          return grants.replace(grant, seen);
        },
      }),
    });
    expect((await journey.consent()).status).toBe(303);
    expect(journey.grants.rows.get('account-1')).toMatchObject({ generation: 'other', clientId: 'client-1' });
    expect([...journey.sessions.rows.values()]).toMatchObject([{ generation: 'other' }]);
  });
});
