import { expect, test } from 'vitest';
import {
  admin,
  connect,
  consent,
  exchange,
  fault,
  gmail,
  google,
  list,
  readonlyScope,
  refresh,
} from './support.ts';

async function connected() {
  const { origin } = await google();
  return { origin, tokens: await connect(origin) };
}

test('a fault strikes as often as asked, and is counted', async () => {
  const { origin, tokens } = await connected();
  await fault(
    origin,
    'messages.list',
    { status: 503, headers: { 'retry-after': '7' }, body: 'down' },
    { times: 2 },
  );
  const url = `${origin}/gmail/v1/users/me/messages`;
  const headers = { authorization: `Bearer ${tokens.accessToken}` };
  const first = await fetch(url, { headers });
  expect([first.status, first.headers.get('retry-after'), await first.text()]).toEqual([503, '7', 'down']);
  expect([(await fetch(url, { headers })).status, (await fetch(url, { headers })).status]).toEqual([
    503, 200,
  ]);
  const { body } = await admin(origin, 'GET', 'faults');
  expect(list(body['faults'])[0]).toMatchObject({ on: 'messages.list', times: 2, fired: 2 });
});

test('times 0 lasts until faults are cleared', async () => {
  const { origin, tokens } = await connected();
  await fault(origin, 'gmail', { status: 500 }, { times: 0 });
  for (const path of ['profile', 'labels', 'messages']) {
    expect((await gmail(origin, tokens, path)).status).toBe(500);
  }
  await admin(origin, 'DELETE', 'faults');
  expect((await gmail(origin, tokens, 'profile')).status).toBe(200);
});

test('a fault for one account leaves others alone', async () => {
  const { origin, tokens } = await connected();
  const grace = await connect(origin, { login_hint: 'grace@example.com' });
  await fault(origin, '*', { status: 500 }, { times: 0, account: 'grace@example.com' });
  expect((await gmail(origin, tokens, 'profile')).status).toBe(200);
  expect((await gmail(origin, grace, 'profile')).status).toBe(500);
  expect((await refresh(origin, tokens.refreshToken)).status).toBe(200);
  await expect(refresh(origin, grace.refreshToken)).resolves.toMatchObject({ status: 500 });
});

test('a fault of the token endpoint can be for one grant type, and nothing happens behind it', async () => {
  const { origin, tokens } = await connected();
  await fault(origin, 'token.code', { status: 500, body: { error: 'internal_failure' } });
  expect((await refresh(origin, tokens.refreshToken)).status).toBe(200);
  const callback = await consent(origin);
  expect(await exchange(origin, callback)).toMatchObject({
    status: 500,
    body: { error: 'internal_failure' },
  });
  expect((await exchange(origin, callback)).status).toBe(200);
});

test('a token answer can lack fields, or say other things', async () => {
  const { origin } = await connected();
  await fault(origin, 'token', { omit: ['refresh_token', 'id_token'], set: { scope: readonlyScope } });
  const { status, body } = await exchange(origin, await consent(origin));
  expect(status).toBe(200);
  expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type']);
  expect(body['scope']).toBe(readonlyScope);
});

test('claims of the ID token can be changed and left out', async () => {
  const { origin } = await connected();
  await fault(origin, 'token.code', { idToken: { aud: 'someone else', email: null } });
  const { claims } = await connect(origin, { nonce: 'kept' });
  expect(claims).toMatchObject({ aud: 'someone else', nonce: 'kept' });
  expect(claims).not.toHaveProperty('email');
});

test('an answer can be late', async () => {
  const { origin, tokens } = await connected();
  await fault(origin, 'gmail', { delayMs: 120 });
  const start = performance.now();
  expect((await gmail(origin, tokens, 'profile')).status).toBe(200);
  expect(performance.now() - start).toBeGreaterThan(100);
});

test('the authorization endpoint can fail', async () => {
  const { origin } = await google();
  await fault(origin, 'authorize', { status: 502, body: 'Bad gateway' });
  await expect(consent(origin)).rejects.toThrow('502');
  await expect(consent(origin)).resolves.toBeDefined();
});

test('a fault that cannot be read is refused', async () => {
  const { origin } = await google();
  for (const wrong of [{}, { on: 'gmail' }, { on: 'gmail', times: -1 }]) {
    expect((await admin(origin, 'POST', 'faults', wrong)).status).toBe(400);
  }
});
