import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { createClientCredentials } from '../../lambdas/google/client-credentials.ts';
import { readIdToken } from '../../lambdas/google/id-token.ts';
import { createGoogleOAuth, createTokenRevoker } from '../../lambdas/google/oauth.ts';
import { answering, now } from '../lambdas/google/support.ts';
import { recordingLog } from '../support/doubles/recording-log.ts';
import { almost, almostText, expectType, laterOrProblem, numRuns, resultOrProblem } from './support.ts';

const issuer = 'https://accounts.google.com';
const clientId = 'client';
const claims = {
  ...{ iss: issuer, aud: clientId, exp: now / 1_000 + 60, nonce: 'n', sub: '123' },
  ...{ email: 'a@example.com', email_verified: true, hd: 'example.com' },
};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');
const idToken = `${encode({ alg: 'RS256' })}.${encode(claims)}.c2ln`;

const user = v.strictObject({
  accountId: v.pipe(v.string(), v.regex(/^[!-~]{1,255}$/)),
  email: v.string(),
  emailVerified: v.boolean(),
  hostedDomain: v.optional(v.string()),
});

describe('an ID token', () => {
  const expected = { issuer, clientId, nonce: 'n', now };

  test.each([
    [
      'whatever it claims',
      almost(fc.constant(claims)).map((value) => `${encode({ alg: 'RS256' })}.${encode(value)}.c2ln`),
    ],
    [
      'whatever its head says',
      almost(fc.constant({ alg: 'RS256' })).map((value) => `${encode(value)}.${encode(claims)}.c2ln`),
    ],
    ['whatever it is', almostText(fc.constant(idToken))],
  ])('says whose account it is or is refused, %s', (_, tokens) => {
    let read = 0;
    const property = fc.property(tokens, (token) => {
      const found = resultOrProblem(() => readIdToken(token, expected), 'no_user_id');
      if (found === undefined) return;
      read += 1;
      expectType(user, found);
    });
    fc.assert(property, { numRuns });
    expect(read).toBeGreaterThan(0);
  });
});

describe('an answer of the token endpoint', () => {
  const right = {
    ...{
      access_token: 'at',
      expires_in: 3_600,
      refresh_token_expires_in: 604_800,
      refresh_token: 'rt',
      token_type: 'Bearer',
      id_token: idToken,
    },
    scope: 'openid email https://www.googleapis.com/auth/gmail.readonly',
  };
  const refused = { error: 'invalid_grant', error_description: 'Bad Request' };
  const answer = fc.oneof(almost(fc.constant(right)), almost(fc.constant(refused)));
  const body = fc.oneof(
    answer.map((value) => JSON.stringify(value) ?? ''),
    almostText(fc.constant(JSON.stringify(right))),
  );
  // 429 and 5xx are tried once more, after a pause: what they hold is not looked at.
  const status = fc.constantFrom(200, 200, 200, 201, 400, 401, 403, 404);
  const type = fc.constantFrom('application/json', 'text/html', 'text/plain; charset=utf-8', '');
  const accessToken = {
    token: v.pipe(v.string(), v.nonEmpty()),
    expiresAt: v.pipe(v.number(), v.minValue(now), v.maxValue(now + 86_400_000)),
  };

  const refreshed = { ...accessToken, grantExpiresAt: v.optional(v.pipe(v.number(), v.minValue(now))) };

  const over = (text: string, code: number, contentType: string) => {
    const transport = answering(text, { status: code, headers: { 'content-type': contentType } });
    const client = { get: async () => ({ clientId, clientSecret: 's' }), forget: () => {} };
    const endpoints = { issuer, tokenEndpoint: 'https://token.example.com/', log: recordingLog() };
    const oauth = createGoogleOAuth({ client, ...endpoints, transport, clock: () => now });
    const revoker = createTokenRevoker({ revocationEndpoint: 'https://revoke.example.com/', transport });
    return { oauth, revoker };
  };

  test('to a code is a consent or a problem', async () => {
    const consent = v.strictObject({
      ...user.entries,
      scopes: v.optional(v.array(v.string())),
      refreshToken: v.optional(v.pipe(v.string(), v.nonEmpty())),
      boundTo: v.undefined(),
      accessToken: v.strictObject(accessToken),
      grantExpiresAt: v.optional(v.pipe(v.number(), v.minValue(now))),
    });
    let read = 0;
    const property = fc.asyncProperty(body, status, type, async (text, code, contentType) => {
      const exchange = () =>
        over(text, code, contentType).oauth.exchangeCode({ code: 'c', codeVerifier: 'v', nonce: 'n' });
      const found = await laterOrProblem(
        exchange,
        'google_error',
        'google_unavailable',
        'no_user_id',
        'code_exchange_failed',
        'misconfigured',
      );
      if (found === undefined) return;
      read += 1;
      expectType(consent, found);
    });
    await fc.assert(property, { numRuns });
    expect(read).toBeGreaterThan(0);
  });

  test('to a refresh token is an access token, the news that it is revoked, or a problem', async () => {
    const found = new Set<unknown>();
    const property = fc.asyncProperty(body, status, type, async (text, code, contentType) => {
      const refresh = () => over(text, code, contentType).oauth.refresh('rt');
      const token = await laterOrProblem(refresh, 'google_error', 'google_unavailable', 'misconfigured');
      found.add(typeof token);
      if (typeof token === 'object') expectType(v.strictObject(refreshed), token);
      // Only Google's own word for it ends a grant.
      if (token === 'revoked') expect([text.includes('invalid_grant'), code >= 400]).toEqual([true, true]);
    });
    await fc.assert(property, { numRuns });
    expect([...found].sort()).toEqual(['object', 'string', 'undefined']);
  });

  test('to a revocation says that it is done, or is a problem', async () => {
    const property = fc.asyncProperty(body, status, type, async (text, code, contentType) => {
      await laterOrProblem(
        () => over(text, code, contentType).revoker.revoke('rt'),
        'google_error',
        'google_unavailable',
      );
    });
    await fc.assert(property, { numRuns });
  });
});

test('client_secret.json holds a client or is refused without being repeated', async () => {
  const right = {
    web: { client_id: 'an id', client_secret: 'a secret', redirect_uris: ['https://mail.example.com'] },
  };
  const text = fc.oneof(
    almost(fc.constant(right)).map((value) => JSON.stringify(value) ?? ''),
    almostText(fc.constant(JSON.stringify(right))),
  );
  let read = 0;
  const property = fc.asyncProperty(text, async (file) => {
    const found = await laterOrProblem(
      () => createClientCredentials(async () => file).get(),
      'misconfigured',
    );
    if (found === undefined) return;
    read += 1;
    expectType(v.strictObject({ clientId: v.string(), clientSecret: v.string() }), found);
  });
  await fc.assert(property, { numRuns });
  expect(read).toBeGreaterThan(0);
});
