import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeEach, expect, it, vi } from 'vitest';
import { createIdTokenVerifier } from '../../../lambdas/google/id-token-verifier.ts';
import { deadOrigin, scriptedServer } from '../../support/scripted-server.ts';

const issuer = 'https://accounts.google.com';
const clientId = 'client';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  return () => vi.useRealTimers();
});

async function newKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const token = () =>
    new SignJWT({ nonce: 'nonce' })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer(issuer)
      .setAudience(clientId)
      .setSubject('101')
      .setExpirationTime('1h')
      .sign(privateKey);
  return { published: { ...(await exportJWK(publicKey)), kid }, token };
}

const verifierAt = (origin: string) =>
  createIdTokenVerifier({
    clientId: async () => clientId,
    ...{ issuer, keysEndpoint: `${origin}/certs`, timeout: 300 },
  });

it('reads Google’s keys once, and again where they have changed', async () => {
  const server = await scriptedServer();
  const [first, second] = [await newKey('first'), await newKey('second')];
  server.script({ body: { keys: [first.published] } }, { body: { keys: [second.published] } });
  const { verifyIdToken } = verifierAt(server.origin);
  for (let times = 0; times < 3; times++) {
    expect(await verifyIdToken(await first.token(), 'nonce')).toBe('101');
  }
  // A stranger’s tokens do not make it read without end.
  await expect(verifyIdToken(await second.token(), 'nonce')).rejects.toMatchObject({ code: 'no_user_id' });
  expect(server.requests).toHaveLength(1);
  vi.setSystemTime(Date.now() + 31_000);
  expect(await verifyIdToken(await second.token(), 'nonce')).toBe('101');
  await expect(verifyIdToken(await first.token(), 'nonce')).rejects.toMatchObject({ code: 'no_user_id' });
  expect(server.requests).toHaveLength(2);
});

it.each([
  ['no keys', { status: 500 }, 'google_unavailable'],
  ['no JSON', { body: '<html>' }, 'google_unavailable'],
  ['other JSON', { body: { keys: 'none' } }, 'google_unavailable'],
  ['an answer that breaks off', { body: { keys: [] }, broken: true }, 'google_unavailable'],
  ['no answer', 'hang', 'google_timeout'],
] as const)('says so where Google gives %s, and reads them anew for the next', async (_, reply, code) => {
  const server = await scriptedServer();
  const key = await newKey('key');
  server.script(reply, { body: { keys: [key.published] } });
  const { verifyIdToken } = verifierAt(server.origin);
  await expect(verifyIdToken(await key.token(), 'nonce')).rejects.toMatchObject({ code });
  expect(await verifyIdToken(await key.token(), 'nonce')).toBe('101');
});

it('says so where Google is not reached', async () => {
  const { verifyIdToken } = verifierAt(await deadOrigin());
  const { token } = await newKey('key');
  await expect(verifyIdToken(await token(), 'nonce')).rejects.toMatchObject({ code: 'google_unavailable' });
});
