import { describe, expect, test } from 'vitest';
import { admin, client, consent, exchange, google, tokenRequest } from './support.ts';

describe('a phone’s code', () => {
  const serverAuthCode = (origin: string, request: object = {}) =>
    admin(origin, 'POST', 'accounts/grace@example.com/server-auth-code', {
      clientId: client.clientId,
      ...request,
    });
  const codeOf = async (origin: string, request: object = {}) =>
    String((await serverAuthCode(origin, request)).body['code']);

  test('is refused with a redirect URI', async () => {
    const { origin } = await google();
    const [redirect_uri] = client.redirectUris;
    const form = { grant_type: 'authorization_code', redirect_uri, code: await codeOf(origin) };
    expect(await tokenRequest(origin, form)).toMatchObject(mismatch);
  });

  test('carries the scopes that the app asked for', async () => {
    const { origin } = await google();
    const code = await codeOf(origin, { scopes: ['openid', 'email'] });
    const { body } = await tokenRequest(origin, { grant_type: 'authorization_code', code });
    expect(body['scope']).toBe('openid https://www.googleapis.com/auth/userinfo.email');
  });

  test('brings a refresh token the first time, later only when it is forced to', async () => {
    const { origin } = await google();
    const hasRefreshToken = async (forceCodeForRefreshToken: boolean) => {
      const code = await codeOf(origin, { forceCodeForRefreshToken });
      const { body } = await tokenRequest(origin, { grant_type: 'authorization_code', code });
      return body['refresh_token'] !== undefined;
    };
    expect(await hasRefreshToken(false)).toBe(true);
    expect(await hasRefreshToken(false)).toBe(false);
    expect(await hasRefreshToken(true)).toBe(true);
  });

  test.each([
    ['an unknown client', { clientId: 'nobody' }, 404],
    ['an unknown scope', { scopes: ['everything'] }, 400],
  ])('is not given for %s', async (_, request, status) => {
    const { origin } = await google();
    expect((await serverAuthCode(origin, request)).status).toBe(status);
  });
});

test('a code that was asked for without a challenge is exchanged with any verifier: the worse is assumed of Google', async () => {
  const { origin } = await google();
  const answer = await exchange(origin, await consent(origin), { code_verifier: 'v'.repeat(43) });
  expect(answer.status).toBe(200);
});

test.each(['', 'http://localhost:3000/elsewhere'])(
  'a code of a redirect is refused with %j',
  async (redirectUri) => {
    const { origin } = await google();
    const answer = await exchange(origin, await consent(origin), { redirect_uri: redirectUri });
    expect(answer).toMatchObject(mismatch);
  },
);

const mismatch = {
  status: 400,
  body: { error: 'redirect_uri_mismatch', error_description: 'Bad Request' },
};
