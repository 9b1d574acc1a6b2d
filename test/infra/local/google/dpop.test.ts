import { expect, test, vi } from 'vitest';
import { type ProofChanges, proofIdOf, proofOf, provingKey } from '../../../support/dpop-proof.ts';
import { client, connect, consent, google, type Reply, refresh, reply, temporaryFolder } from './support.ts';

const key = provingKey();

/** Asks the token endpoint, with a proof. */
async function ask(origin: string, form: Record<string, string>, proof?: string): Promise<Reply> {
  const { clientId, clientSecret } = client;
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret, ...form });
  const headers = proof === undefined ? {} : { DPoP: proof };
  return reply(await fetch(`${origin}/token`, { method: 'POST', body, headers }));
}

const nonceOf = ({ headers }: Reply) => headers.get('dpop-nonce') ?? '';
const errorOf = ({ status, body }: Reply) => [status, body['error']];

async function exchangeWithProof(origin: string) {
  const address = `${origin}/token`;
  const code = (await consent(origin)).searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: client.redirectUris[0] };
  const claims = { jti: proofIdOf(code) };
  const first = await ask(origin, form, proofOf(key, address, { claims }));
  const nonce = nonceOf(first);
  const exchanged = await ask(origin, form, proofOf(key, address, { claims: { ...claims, nonce } }));
  return { first, exchanged, nonce, form, claims };
}

/** A local Google with a bound refresh token, and the nonce for its next use. */
async function bound(dataFolder?: string) {
  const { origin, close } = await google(dataFolder === undefined ? {} : { dataFolder });
  const { exchanged, nonce: exchangeNonce } = await exchangeWithProof(origin);
  const form = { grant_type: 'refresh_token', refresh_token: String(exchanged.body['refresh_token']) };
  const use = (changes: ProofChanges, by = key) => ask(origin, form, proofOf(by, `${origin}/token`, changes));
  const nonce = nonceOf(await use({}));
  return { origin, close, form, use, nonce, exchangeNonce };
}

test('a proof at the exchange is asked for again with a nonce, and binds the refresh token; the type stays Bearer', async () => {
  const { origin } = await google();
  const { first, exchanged } = await exchangeWithProof(origin);
  expect(errorOf(first)).toEqual([400, 'use_dpop_nonce']);
  expect(exchanged.status).toBe(200);
  expect(exchanged.body['token_type']).toBe('Bearer');
  const unproved = await refresh(origin, String(exchanged.body['refresh_token']));
  expect(errorOf(unproved)).toEqual([400, 'invalid_grant']);
});

test('a bound refresh token works with a proof by its key, again and again', async () => {
  const { use, nonce } = await bound();
  for (let time = 0; time < 2; time += 1) {
    const refreshed = await use({ claims: { nonce } });
    expect(refreshed.status).toBe(200);
    expect(refreshed.body['token_type']).toBe('Bearer');
    expect(nonceOf(refreshed)).not.toBe('');
  }
});

const minute = 60;
const now = () => Math.floor(Date.now() / 1000);

test.each<[string, readonly [string, (origin: string) => ProofChanges][]]>([
  [
    'invalid_dpop_proof',
    [
      ['of another type', () => ({ header: { typ: 'JWT' } })],
      ['with more in the key', () => ({ header: { jwk: { ...key.jwk, kid: '1' } } })],
      ['signed in DER', () => ({ encoding: 'der' })],
      ['for another method', () => ({ claims: { htm: 'GET' } })],
      ['for another address', (origin) => ({ claims: { htu: `${origin}/revoke` } })],
      ['with a query', (origin) => ({ claims: { htu: `${origin}/token?a=b` } })],
      ['of some time ago', () => ({ claims: { iat: now() - 2 * minute } })],
      ['of some time to come', () => ({ claims: { iat: now() + 2 * minute } })],
    ],
  ],
  [
    'use_dpop_nonce',
    [
      ['without a nonce', () => ({ claims: { nonce: undefined } })],
      ['with a made-up nonce', () => ({ claims: { nonce: 'made-up' } })],
    ],
  ],
])('%s: what a proof of a bound token may not be', async (error, proofs) => {
  const { origin, use, nonce } = await bound();
  for (const [words, changes] of proofs) {
    const { claims, ...rest } = changes(origin);
    const refused = await use({ ...rest, claims: { nonce, ...claims } });
    expect(errorOf(refused), words).toEqual([400, error]);
  }
  expect((await use({ claims: { nonce } })).status).toBe(200);
});

test('a proof by another key, and one that was used before, are refused', async () => {
  const { origin, form, use, nonce } = await bound();
  expect(errorOf(await use({ claims: { nonce } }, provingKey()))).toEqual([400, 'invalid_grant']);
  const proof = proofOf(key, `${origin}/token`, { claims: { nonce } });
  expect((await ask(origin, form, proof)).status).toBe(200);
  expect(errorOf(await ask(origin, form, proof))).toEqual([400, 'invalid_dpop_proof']);
  expect((await ask(origin, form, 'nonsense')).body['error']).toBe('invalid_dpop_proof');
});

test('at the exchange, the proof’s ID must be the hash of the code', async () => {
  const { origin } = await google();
  const { form, nonce } = await exchangeWithProof(origin);
  const wrong = await ask(origin, form, proofOf(key, `${origin}/token`, { claims: { nonce } }));
  expect(errorOf(wrong)).toEqual([400, 'invalid_dpop_proof']);
});

test('exchange and refresh have nonces of their own, which end', async () => {
  const { use, nonce, exchangeNonce } = await bound();
  expect(errorOf(await use({ claims: { nonce: exchangeNonce } }))).toEqual([400, 'use_dpop_nonce']);
  const start = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: start + 6 * 60_000 });
  try {
    expect((await use({ claims: { nonce } })).status).toBe(200);
    vi.setSystemTime(start + 12 * 60_000);
    expect(errorOf(await use({ claims: { nonce } }))).toEqual([400, 'use_dpop_nonce']);
  } finally {
    vi.useRealTimers();
  }
});

test('a binding outlives a restart', async () => {
  const dataFolder = await temporaryFolder();
  const { form, close } = await bound(dataFolder);
  await close();
  const { origin } = await google({ dataFolder });
  expect(errorOf(await ask(origin, form))).toEqual([400, 'invalid_grant']);
});

test('an unbound refresh token needs no proof, and takes one', async () => {
  const { origin } = await google();
  const { refreshToken } = await connect(origin);
  expect((await refresh(origin, refreshToken)).status).toBe(200);
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const nonce = nonceOf(await ask(origin, form, proofOf(key, `${origin}/token`)));
  const proved = await ask(origin, form, proofOf(key, `${origin}/token`, { claims: { nonce } }));
  expect(proved.status).toBe(200);
});
