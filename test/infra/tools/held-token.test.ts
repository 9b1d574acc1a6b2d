import { describe, expect, it } from 'vitest';
import { createTokenCheck } from '../../../infra/tools/held-token.ts';
import { createClientCredentials } from '../../../lambdas/google/client-credentials.ts';
import { grantedScopes } from '../../support/doubles/grants.ts';
import { deadOrigin, type Reply, scriptedServer } from '../../support/scripted-server.ts';

const now = Date.UTC(2026, 10, 22);
const refreshed: Reply = {
  body: { access_token: 'ya29.canary', expires_in: 3599, scope: grantedScopes.join(' ') },
};
const user = { sub: '123', email: 'ada@example.com', email_verified: true };
const ada: Reply = { body: user };

function checkAt(origin: string) {
  const file = JSON.stringify({ web: { client_id: 'client-1', client_secret: 'secret-1' } });
  return createTokenCheck({
    client: createClientCredentials(async () => file),
    tokenEndpoint: `${origin}/token`,
    userinfoEndpoint: `${origin}/userinfo`,
    clock: () => now,
  }).check('1//canary');
}

async function check(...replies: Reply[]) {
  const google = await scriptedServer();
  google.script(...replies);
  return { result: await checkAt(google.origin), requests: google.requests };
}

async function codeOf(...replies: Reply[]): Promise<unknown> {
  const google = await scriptedServer();
  google.script(...replies);
  return checkAt(google.origin).then(
    () => undefined,
    (error) => error.code,
  );
}

it('says whose a token is and what it opens, as Google does', async () => {
  const { result, requests } = await check(refreshed, ada);
  expect(result).toEqual({
    accountId: '123',
    email: 'ada@example.com',
    emailVerified: false,
    scopes: grantedScopes,
    accessToken: { token: 'ya29.canary', expiresAt: now + 3_599_000 },
  });
  expect(Object.fromEntries(new URLSearchParams(requests[0]?.body))).toEqual({
    grant_type: 'refresh_token',
    refresh_token: '1//canary',
    client_id: 'client-1',
    client_secret: 'secret-1',
  });
  // Of an address elsewhere only where the account belongs to a domain.
  const { result: member } = await check(refreshed, { body: { ...user, hd: 'example.com' } });
  expect(member).toMatchObject({ emailVerified: true });
  expect(requests[1]?.headers.authorization).toBe('Bearer ya29.canary');
});

it('says until when the grant is good, where Google limits that', async () => {
  const limited = { body: Object.assign({ refresh_token_expires_in: 604_800 }, refreshed.body) };
  expect((await check(limited, ada)).result).toMatchObject({ grantExpiresAt: now + 604_800_000 });
});

describe('a token is refused', () => {
  it.each<[string, Reply[], RegExp]>([
    [
      'that is dead',
      [{ status: 400, body: { error: 'invalid_grant' } }],
      /revoked, has expired or never was/,
    ],
    ['of another client', [{ status: 401, body: { error: 'unauthorized_client' } }], /another OAuth client/],
    [
      'that an administrator forbids',
      [{ status: 400, body: { error: 'admin_policy_enforced' } }],
      /^an administrator’s policy forbids it \(admin_policy_enforced\)$/,
    ],
    [
      'for a reason not known here',
      [{ status: 400, body: { error: 'unknown_reason' } }],
      /\(unknown_reason\)/,
    ],
    ['that does not say whose it is', [refreshed, { status: 401, body: {} }], /lacks the scope openid/],
  ])('%s', async (_, replies, reason) => {
    expect((await check(...replies)).result).toEqual({ refused: expect.stringMatching(reason) });
  });
});

describe('no token is blamed', () => {
  it.each<[string, Reply[], string]>([
    [
      'where Google refuses the client',
      [{ status: 401, body: { error: 'invalid_client' } }],
      'misconfigured',
    ],
    ['where Google is slow', [{ status: 429, body: {} }], 'google_unavailable'],
    ['where Google fails twice', [{ status: 503 }, { status: 503 }], 'google_unavailable'],
    [
      'where Google fails to say whose it is',
      [refreshed, { status: 500 }, { status: 500 }],
      'google_unavailable',
    ],
    ['where the answer makes no sense', [{ body: { access_token: '' } }], 'google_error'],
    ['where the error makes no sense', [{ status: 400, body: { error: '1//canary' } }], 'google_error'],
    ['where nobody is named', [refreshed, { body: { sub: '' } }], 'google_error'],
  ])('%s', async (_, replies, code) => {
    expect(await codeOf(...replies)).toBe(code);
  });

  it('where nobody answers', async () => {
    await expect(checkAt(await deadOrigin())).rejects.toMatchObject({ code: 'google_unavailable' });
  });
});
