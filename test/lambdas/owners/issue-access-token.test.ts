import { describe, expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { createAccessTokens } from '../../../lambdas/grants/access-tokens.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import { issueAccessTokenRoute } from '../../../lambdas/owners/issue-access-token.ts';
import { ask, backendRole, jsonOf, requestId, type TestRequest } from '../../support/api-event.ts';
import { bindingCipher } from '../../support/doubles/binding-cipher.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { askedScopes, grantedScopes, grantOf } from '../../support/doubles/grants.ts';
import { memoryGrants } from '../../support/doubles/memory-grants.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { scriptedRefresh } from '../../support/doubles/scripted-refresh.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';

const minute = 60_000;
const hour = 60 * minute;

async function build(grantChanges: Parameters<typeof grantOf>[1] = {}, allowed = true) {
  const clock = testClock();
  const cipher = bindingCipher();
  const log = recordingLog();
  const grants = memoryGrants(
    await grantOf(cipher, {
      owner: 'tenant-1',
      accessToken: { token: 'ya29.stored-access-token', expiresAt: testStart + hour },
      ...grantChanges,
    }),
  );
  const google = scriptedRefresh(clock);
  const handler = createHandler(
    issueAccessTokenRoute({
      allowed,
      grants,
      accessTokens: createAccessTokens({ grants, cipher, google, log, metrics: () => {}, clock }),
      clientId: async () => 'client-1',
      scopes: askedScopes,
      log,
    }),
    { origin: 'https://mail.example.com', log, clock },
  );
  const issue = (request: TestRequest = { signedBy: backendRole }) =>
    ask(handler, 'POST /accounts/{accountId}/access-token', {
      pathParameters: { accountId: 'account-1' },
      ...request,
    });
  return { clock, log, grants, google, issue };
}

describe('an access token', () => {
  test('is handed to a backend with its end and its scopes, and nothing else', async () => {
    const { issue, google } = await build();
    const answer = await issue();
    expect(answer.status).toBe(200);
    expect(jsonOf(answer)).toEqual({
      accessToken: 'ya29.stored-access-token',
      expiresAt: '2026-11-01T01:00:00.000Z',
      scopes: grantedScopes,
    });
    expect(google.calls).toEqual([]);
  });

  test('lasts for five minutes at the least: one that ends sooner is replaced', async () => {
    const { issue, clock } = await build();
    clock.pass(hour - 5 * minute - 1);
    expect(jsonOf(await issue())).toMatchObject({ accessToken: 'ya29.stored-access-token' });
    clock.pass(1);
    expect(jsonOf(await issue())).toMatchObject({
      accessToken: 'fresh-1',
      expiresAt: new Date(clock() + hour).toISOString(),
    });
  });

  test('is written down at every issue: whose it is, and who signed for it; the token itself is not', async () => {
    const { issue, log } = await build();
    await issue();
    await issue();
    const issues = log.lines.filter(({ event }) => event === 'access token issued');
    expect(issues).toEqual(
      Array(2).fill({
        level: 'info',
        event: 'access token issued',
        accountId: 'account-1',
        signedBy: backendRole,
        requestId,
      }),
    );
    expect(JSON.stringify(log.lines)).not.toContain('ya29');
  });

  test('is issued within the owner that the backend names', async () => {
    const { issue } = await build();
    expect((await issue({ signedBy: backendRole, query: 'owner=tenant-1' })).status).toBe(200);
  });
});

describe('no access token is issued, and nothing is asked of Google', () => {
  const signed = { signedBy: backendRole };

  test.each([
    ['where it is switched off', 403, 'access_tokens_off', signed, {}, false],
    ['where it is switched off, not even to tell who is connected', 403, 'access_tokens_off', {}, {}, false],
    ['outside the owner', 404, 'not_found', { ...signed, query: 'owner=tenant-2' }, {}, true],
    [
      'of an account that nobody connected',
      404,
      'not_found',
      { ...signed, pathParameters: { accountId: 'account-2' } },
      {},
      true,
    ],
    [
      'to a question that was misspelt',
      400,
      'invalid_request',
      { ...signed, query: 'onwer=tenant-2' },
      {},
      true,
    ],
    ['of a revoked grant', 401, 'grant_revoked', signed, { status: 'revoked' }, true],
    ['while it is being disconnected', 401, 'grant_revoked', signed, { status: 'disconnecting' }, true],
    ['of another client’s grant', 401, 'client_changed', signed, { clientId: 'client-0' }, true],
    ['of too narrow a grant', 403, 'insufficient_scope', signed, { scopes: ['openid'] }, true],
    ['to an unsigned request', 503, 'misconfigured', {}, {}, true],
    [
      'to a session',
      503,
      'misconfigured',
      { headers: { authorization: `Bearer ${tokenNamed('session')}` } },
      {},
      true,
    ],
  ] as const)('%s', async (_, status, code, request, grant, allowed) => {
    const { issue, google, log } = await build(grant, allowed);
    const answer = await issue(request);
    expect(jsonOf(answer)).toMatchObject({ status, code });
    expect(answer.text).not.toContain('ya29');
    expect(google.calls).toEqual([]);
    expect(log.lines.map(({ event }) => event)).not.toContain('access token issued');
  });
});

test('a grant that turns out to be dead is marked so, and nothing is issued', async () => {
  const { issue, clock, google, grants, log } = await build();
  clock.pass(hour);
  google.answer = async () => 'revoked';
  expect(jsonOf(await issue())).toMatchObject({ status: 401, code: 'grant_revoked' });
  expect(grants.rows.get('account-1')?.status).toBe('revoked');
  expect(log.lines.map(({ event }) => event)).not.toContain('access token issued');
});

test('Google’s being down is told as such', async () => {
  const { issue, clock, google } = await build();
  clock.pass(hour);
  google.answer = () => Promise.reject(new Problem('google_unavailable'));
  expect(jsonOf(await issue())).toMatchObject({ status: 503, code: 'google_unavailable' });
});
