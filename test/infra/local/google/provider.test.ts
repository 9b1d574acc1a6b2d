import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { Browser } from './browser.ts';
import {
  admin,
  authorizationUrl,
  client,
  connect,
  consent,
  exchange,
  google,
  list,
  readonlyScope,
  refresh,
  reply,
  tokenRequest,
} from './support.ts';

const identity = `openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile`;

test('the discovery document names the addresses under which it was asked for', async () => {
  const { origin } = await google();
  const asked = origin.replace('127.0.0.1', 'localhost');
  const document = await (await fetch(`${origin}/.well-known/openid-configuration`)).json();
  expect(document).toMatchObject({
    issuer: origin,
    authorization_endpoint: `${origin}/o/oauth2/v2/auth`,
    token_endpoint: `${origin}/token`,
    revocation_endpoint: `${origin}/revoke`,
    userinfo_endpoint: `${origin}/v1/userinfo`,
    jwks_uri: `${origin}/oauth2/v3/certs`,
  });
  const proxied = await fetchWithHost(origin, new URL(asked).host);
  expect(proxied).toMatchObject({ issuer: origin, token_endpoint: `${asked}/token` });
});

test('a consent limited in time says for how long, and so does each refresh', async () => {
  const { origin } = await google();
  const change = (consentSeconds: number | null) =>
    fetch(`${origin}/admin/accounts/ada@example.com`, {
      method: 'PATCH',
      body: JSON.stringify({ consentSeconds }),
    });
  await change(604_800);
  const limited = await exchange(origin, await consent(origin));
  expect(limited.body['refresh_token_expires_in']).toBe(604_800);
  const refreshed = await refresh(origin, String(limited.body['refresh_token']));
  expect(Number(refreshed.body['refresh_token_expires_in'])).toBeGreaterThan(604_700);
  await change(null);
  const unlimited = await exchange(origin, await consent(origin));
  expect(unlimited.body).not.toHaveProperty('refresh_token_expires_in');
});

test('the ID token is signed and says who consented', async () => {
  const { origin } = await google();
  const { body } = await exchange(origin, await consent(origin, { nonce: 'the nonce' }));
  const [header = '', payload = '', signature = ''] = String(body['id_token']).split('.');
  const { body: certificates } = await reply(await fetch(`${origin}/oauth2/v3/certs`));
  const key = createPublicKey({ key: { ...list(certificates['keys'])[0] }, format: 'jwk' });
  const signed = Buffer.from(`${header}.${payload}`);
  expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
    iss: origin,
    aud: client.clientId,
    azp: client.clientId,
    sub: expect.stringMatching(/^\d{21}$/),
    email: 'ada@example.com',
    email_verified: true,
    name: 'Ada Lovelace',
    hd: 'example.com',
    nonce: 'the nonce',
  });
});

test('userinfo tells the same account', async () => {
  const { origin } = await google();
  const { accessToken, claims } = await connect(origin);
  const headers = { authorization: `Bearer ${accessToken}` };
  const answer = await (await fetch(`${origin}/v1/userinfo`, { headers })).json();
  expect(answer).toMatchObject({
    sub: claims['sub'],
    email: 'ada@example.com',
    email_verified: true,
    hd: 'example.com',
    name: 'Ada Lovelace',
  });
});

test('a consumer account has no domain, and an address may be unverified', async () => {
  const { origin } = await google();
  await admin(origin, 'PATCH', 'accounts/linus@example.org', { emailVerified: false });
  const { accessToken, claims } = await connect(origin, { login_hint: 'linus@example.org' });
  const headers = { authorization: `Bearer ${accessToken}` };
  const answer = await (await fetch(`${origin}/v1/userinfo`, { headers })).json();
  for (const told of [claims, answer]) {
    expect(told).toMatchObject({ email: 'linus@example.org', email_verified: false });
    expect(told).not.toHaveProperty('hd');
  }
});

test('the long names of scopes can be asked for too', async () => {
  const { origin } = await google();
  const { scope } = await connect(origin, { scope: `${identity} ${readonlyScope}` });
  expect(scope).toBe(`${identity} ${readonlyScope}`);
});

test('the client may prove itself by HTTP Basic as well', async () => {
  const { origin } = await google();
  const { refreshToken } = await connect(origin);
  const authorization = `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}`;
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken });
  const { status } = await fetch(`${origin}/token`, { method: 'POST', body, headers: { authorization } });
  expect(status).toBe(200);
});

test('bad tokens and bad clients are told apart', async () => {
  const { origin } = await google();
  expect(await refresh(origin, '1//0nonsense')).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
  });
  const grant = { grant_type: 'refresh_token', refresh_token: 'any' };
  for (const other of [{ client_secret: 'wrong' }, { client_id: 'unknown' }]) {
    const answer = await tokenRequest(origin, { ...grant, ...other });
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  }
});

test.each([
  ['an unknown client', { client_id: 'unknown' }],
  ['an unregistered redirect URI', { redirect_uri: 'http://localhost:3000/elsewhere' }],
  ['an unknown scope', { scope: 'openid https://www.googleapis.com/auth/nonsense' }],
])('%s gets an error page and no redirect', async (_name, parameters) => {
  const { origin } = await google();
  const page = await new Browser().open(authorizationUrl(origin, parameters));
  expect(page.status).toBe(400);
  expect(page.html).toContain('this request is invalid');
});

test.each([
  ['/revoke by form body', (token: string) => ({ path: '/revoke', body: new URLSearchParams({ token }) })],
  [
    '/revoke by query',
    (token: string) => ({ path: `/revoke?token=${encodeURIComponent(token)}`, body: null }),
  ],
])('%s ends all tokens of the account, and nobody else’s', async (_name, form) => {
  const { origin } = await google();
  const [one, other, grace] = [
    await connect(origin),
    await connect(origin),
    await connect(origin, { login_hint: 'grace@example.com' }),
  ];
  const { path, body } = form(one.accessToken);
  const revoked = await fetch(`${origin}${path}`, { method: 'POST', body });
  expect([revoked.status, await revoked.json()]).toEqual([200, {}]);
  for (const { refreshToken } of [one, other]) {
    expect(await refresh(origin, refreshToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
  }
  expect((await refresh(origin, grace.refreshToken)).status).toBe(200);
  const again = await fetch(`${origin}${path}`, { method: 'POST', body });
  expect(again.status).toBe(400);
  expect(await again.json()).toEqual({
    error: 'invalid_token',
    error_description: 'Token expired or revoked',
  });
});

/** Asks as a proxy does that keeps the Host header of its own address. */
async function fetchWithHost(origin: string, host: string): Promise<unknown> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    request(`${origin}/.well-known/openid-configuration`, { headers: { host } }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text)));
    })
      .on('error', reject)
      .end();
  });
}
