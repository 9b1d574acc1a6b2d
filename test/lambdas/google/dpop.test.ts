import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { thumbprintOf } from '../../../lambdas/google/dpop.ts';
import { createGoogleOAuth } from '../../../lambdas/google/oauth.ts';
import { createTransport } from '../../../lambdas/google/transport.ts';
import type { ProofKey, ProofPublicKey } from '../../../lambdas/grants/proof-key.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { provingKey } from '../../support/dpop-proof.ts';
import { type Reply, type SeenRequest, scriptedServer } from '../../support/scripted-server.ts';

const issuer = 'https://accounts.google.com';
const code = '4/canary-code';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = {
  iss: issuer,
  aud: 'client-1',
  exp: testStart / 1_000 + 3_600,
  sub: '1',
  email: 'a@example.com',
};
const tokens: Reply = {
  body: {
    access_token: 'ya29.canary',
    expires_in: 3599,
    refresh_token: '1//canary',
    token_type: 'Bearer',
    id_token: `${part({ alg: 'RS256' })}.${part(claims)}.signature`,
  },
};
const demand = (nonce: string): Reply => ({
  status: 400,
  headers: { 'dpop-nonce': nonce },
  body: { error: 'use_dpop_nonce' },
});

function memoryKey(): ProofKey & { readonly jwk: ProofPublicKey; available: boolean } {
  const { jwk: whole, privateKey } = provingKey();
  const jwk = whole as unknown as ProofPublicKey;
  const key = {
    jwk,
    available: true,
    publicKey: async () => jwk,
    sign: async (message: Uint8Array) => {
      if (!key.available) throw new Problem('vault_unavailable');
      return sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    },
  };
  return key;
}

async function build(...replies: readonly Reply[]) {
  const server = await scriptedServer();
  server.script(...replies);
  const key = memoryKey();
  const options = {
    client: { get: async () => ({ clientId: 'client-1', clientSecret: 'secret' }), forget: () => {} },
    issuer,
    tokenEndpoint: `${server.origin}/token`,
    log: recordingLog(),
    transport: createTransport(),
    clock: testClock(),
  };
  const oauth = createGoogleOAuth({ ...options, proofKey: key });
  return { server, key, options, oauth, boundTo: thumbprintOf(key.jwk) };
}

/** What a request's proof says; its signature is checked. */
function proofIn({ headers }: SeenRequest, { jwk }: { jwk: ProofPublicKey }) {
  const [header = '', payload = '', signature = ''] = String(headers['dpop']).split('.');
  const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  const checked = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
  const signed = Buffer.from(`${header}.${payload}`);
  expect(verify('sha256', signed, checked, Buffer.from(signature, 'base64url'))).toBe(true);
  const read = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString());
  return { header: read(header), claims: read(payload) };
}

describe('an exchange', () => {
  test('is proved by the key, for the code, and names the key to which the refresh token is bound', async () => {
    const { oauth, server, key, boundTo } = await build(tokens);
    expect(await oauth.exchangeCode({ code })).toMatchObject({ boundTo });
    const [request] = server.requests;
    const { header, claims: said } = proofIn(request as SeenRequest, key);
    expect(header).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk });
    expect(said).toEqual({
      htm: 'POST',
      htu: `${server.origin}/token`,
      iat: testStart / 1_000,
      jti: createHash('sha256').update(code).digest('base64url'),
    });
  });

  test('is tried once more with the nonce that Google demands, for the same code, and no third time', async () => {
    const { oauth, server, key } = await build(demand('n1'), tokens, demand('n2'), demand('n3'), tokens);
    await oauth.exchangeCode({ code });
    const [first, second] = server.requests.map((request) => proofIn(request, key).claims);
    expect(second).toEqual({ ...first, nonce: 'n1' });
    expect(server.requests[1]?.body).toBe(server.requests[0]?.body);
    await expect(oauth.exchangeCode({ code })).rejects.toMatchObject({ code: 'code_exchange_failed' });
    expect(server.requests).toHaveLength(4);
  });

  test('without a key has no proof, and binds nothing', async () => {
    const { options, server } = await build(tokens);
    const exchanged = await createGoogleOAuth(options).exchangeCode({ code });
    expect(exchanged.boundTo).toBeUndefined();
    expect(server.requests[0]?.headers).not.toHaveProperty('dpop');
  });

  test('does not take place while the key cannot be used', async () => {
    const { oauth, server, key } = await build(tokens);
    key.available = false;
    await expect(oauth.exchangeCode({ code })).rejects.toMatchObject({ code: 'vault_unavailable' });
    expect(server.requests).toEqual([]);
  });
});

describe('a refresh', () => {
  test('of a bound token is proved, each time under another ID', async () => {
    const { oauth, server, key, boundTo } = await build(tokens, tokens);
    for (let time = 0; time < 2; time += 1) await oauth.refresh('1//canary', boundTo);
    const said = server.requests.map((request) => proofIn(request, key).claims);
    expect(new Set(said.map(({ jti }) => jti)).size).toBe(2);
    for (const { jti } of said) expect(jti).toMatch(/^[\w-]{43}$/);
  });

  test('of an unbound token has no proof', async () => {
    const { oauth, server } = await build(tokens);
    await oauth.refresh('1//canary');
    expect(server.requests[0]?.headers).not.toHaveProperty('dpop');
  });

  test('keeps the last nonce that Google gave, of refreshes alone', async () => {
    const withNonce: Reply = { ...(tokens as object), headers: { 'dpop-nonce': 'r2' } };
    const { oauth, server, key, boundTo } = await build(
      ...[demand('e1'), tokens, demand('r1'), withNonce, tokens, tokens, tokens],
    );
    await oauth.exchangeCode({ code });
    for (let time = 0; time < 3; time += 1) await oauth.refresh('1//canary', boundTo);
    await oauth.exchangeCode({ code });
    const nonces = server.requests.map((request) => proofIn(request, key).claims.nonce);
    expect(nonces).toEqual([undefined, 'e1', undefined, 'r1', 'r2', 'r2', 'e1']);
  });

  test.each([
    ['one that cannot be in a proof', { 'dpop-nonce': 'with "quotes"' }],
    ['one too long to be signed', { 'dpop-nonce': 'n'.repeat(1_025) }],
    ['none', {}],
  ])('a demand for a nonce with %s is not repeated, and ends no grant', async (_, headers) => {
    const { oauth, server, boundTo } = await build({
      status: 400,
      headers,
      body: { error: 'use_dpop_nonce' },
    });
    await expect(oauth.refresh('1//canary', boundTo)).rejects.toMatchObject({ code: 'google_error' });
    expect(server.requests).toHaveLength(1);
  });

  test('that Google calls badly proved ends no grant', async () => {
    const { oauth, boundTo } = await build({ status: 400, body: { error: 'invalid_dpop_proof' } });
    await expect(oauth.refresh('1//canary', boundTo)).rejects.toMatchObject({ code: 'google_error' });
  });

  test.each<Reply>([{ status: 503 }, 'reset'])(
    'is tried once more with a proof of its own after %j',
    async (reply) => {
      const { oauth, server, key, boundTo } = await build(reply, tokens);
      expect(await oauth.refresh('1//canary', boundTo)).toMatchObject({ token: 'ya29.canary' });
      const [first, second] = server.requests.map((request) => proofIn(request, key).claims.jti);
      expect(first).not.toBe(second);
    },
  );

  test('is not tried once more where no second proof can be made', async () => {
    const { oauth, server, key, boundTo } = await build({ status: 503 }, tokens);
    const { sign: signOnce } = key;
    key.sign = (message) => {
      const signature = signOnce(message);
      key.available = false;
      key.sign = signOnce;
      return signature;
    };
    await expect(oauth.refresh('1//canary', boundTo)).rejects.toMatchObject({ code: 'vault_unavailable' });
    expect(server.requests).toHaveLength(1);
  });

  test.each(['another key', 'no key'])(
    'of a token that is bound, where there is %s, asks for a new consent',
    async (now) => {
      const { oauth, options, server, boundTo } = await build(tokens);
      const other = now === 'no key' ? createGoogleOAuth(options) : oauth;
      const bound = now === 'no key' ? boundTo : 'a thumbprint of before';
      await expect(other.refresh('1//canary', bound)).rejects.toMatchObject({ code: 'grant_unreadable' });
      expect(server.requests).toEqual([]);
    },
  );
});

test('a key is named by its thumbprint: the example of RFC 9449, 6.1', () => {
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
    y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
  } as const;
  expect(thumbprintOf(jwk)).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
});
