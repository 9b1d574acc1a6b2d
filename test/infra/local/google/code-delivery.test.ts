import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { admin, client, consent, exchange, google, readonlyScope, tokenRequest } from './support.ts';

const identity = `openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile`;

describe('a phone’s code', () => {
  const serverAuthCode = (origin: string, request: object = {}) =>
    admin(origin, 'POST', 'accounts/grace@example.com/server-auth-code', {
      clientId: client.clientId,
      ...request,
    });
  const codeOf = async (origin: string, request: object = {}) =>
    String((await serverAuthCode(origin, request)).body['code']);

  test.each([
    ['an empty redirect URI', { redirect_uri: '' }],
    ['no redirect URI', {}],
  ])('is exchanged with %s, once', async (_, parameters) => {
    const { origin } = await google();
    const form = { grant_type: 'authorization_code', code: await codeOf(origin), ...parameters };
    const answer = await tokenRequest(origin, form);
    expect(answer).toMatchObject({ status: 200, body: { scope: `${identity} ${readonlyScope}` } });
    expect(claimsOf(answer.body['id_token'])).toMatchObject({
      email: 'grace@example.com',
      aud: client.clientId,
    });
    expect(await tokenRequest(origin, form)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test('is refused with a redirect URI', async () => {
    const { origin } = await google();
    const [redirect_uri] = client.redirectUris;
    const form = { grant_type: 'authorization_code', redirect_uri, code: await codeOf(origin) };
    expect(await tokenRequest(origin, form)).toMatchObject(mismatch);
  });

  test('comes with an ID token that repeats the nonce, signed by a published key', async () => {
    const { origin } = await google();
    const { body } = await serverAuthCode(origin, { nonce: 'the nonce' });
    const keys = createRemoteJWKSet(new URL(`${origin}/oauth2/v3/certs`));
    const expected = { issuer: origin, audience: client.clientId };
    const { payload } = await jwtVerify(String(body['idToken']), keys, expected);
    expect(payload).toMatchObject({ nonce: 'the nonce', email: 'grace@example.com' });
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

function claimsOf(idToken: unknown): Record<string, unknown> {
  const [, payload = ''] = String(idToken).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}
