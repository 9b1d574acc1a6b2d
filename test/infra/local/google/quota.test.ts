import { expect, test } from 'vitest';
import { admin, connect, gmail, google, reason } from './support.ts';

async function clockedGoogle(quota: Record<string, unknown>) {
  let now = Date.UTC(2026, 10, 20, 12, 0, 0);
  const { origin } = await google({ quota, clock: () => now });
  const tokens = await connect(origin);
  return {
    origin,
    tokens,
    wait: (milliseconds: number) => {
      now += milliseconds;
    },
    call: (path = 'messages') => gmail(origin, tokens, path),
  };
}

test('a user’s minute is held, and a new minute begins', async () => {
  const { origin, call, wait } = await clockedGoogle({ unitsPerUserMinute: 10 });
  expect([(await call()).status, (await call()).status]).toEqual([200, 200]);
  const refused = await call();
  expect([refused.status, reason(refused)]).toEqual([403, 'userRateLimitExceeded']);
  const { body } = await admin(origin, 'GET', 'usage');
  expect([body['units'], body['refusals']]).toEqual([10, { userRateLimitExceeded: 1 }]);
  wait(60_000);
  expect((await call()).status).toBe(200);
});

test('a user’s minute is no other user’s', async () => {
  const { origin, call } = await clockedGoogle({ unitsPerUserMinute: 5 });
  const grace = await connect(origin, { login_hint: 'grace@example.com' });
  await call();
  expect((await call()).status).toBe(403);
  expect((await gmail(origin, grace, 'messages')).status).toBe(200);
});

test.each([
  ['unitsPerProjectMinute', 'rateLimitExceeded'],
  ['unitsPerProjectDay', 'dailyLimitExceeded'],
])('%s is shared by all users', async (limit, expected) => {
  const { origin, call } = await clockedGoogle({ [limit]: 5 });
  const grace = await connect(origin, { login_hint: 'grace@example.com' });
  await call();
  const refused = await gmail(origin, grace, 'messages');
  expect([refused.status, reason(refused)]).toEqual([403, expected]);
});

test('the day ends later than the minute', async () => {
  const { call, wait } = await clockedGoogle({ unitsPerProjectDay: 5 });
  await call();
  wait(60_000);
  expect((await call()).status).toBe(403);
  wait(24 * 60 * 60_000);
  expect((await call()).status).toBe(200);
});

test.each([
  // Spent at second 40 of a minute: when is there room again?
  ['aligned', 20],
  ['shifted', 50],
  ['sliding', 61],
] as const)('the %s minute gives room again after %d seconds, not before', async (window, seconds) => {
  const { call, wait } = await clockedGoogle({ unitsPerUserMinute: 5, window });
  wait(40_000);
  expect((await call()).status).toBe(200);
  wait((seconds - 1) * 1000);
  expect((await call()).status).toBe(403);
  wait(1000);
  expect((await call()).status).toBe(200);
});

test('a minute can be shorter than a minute', async () => {
  const { call, wait } = await clockedGoogle({ unitsPerUserMinute: 5, minuteSeconds: 2 });
  await call();
  expect((await call()).status).toBe(403);
  wait(2000);
  expect((await call()).status).toBe(200);
});

test('too many calls at once get 429, and the places are given back', async () => {
  const { origin, tokens } = await clockedGoogle({ concurrentPerUser: 3, latencyMs: 100 });
  const answers = await Promise.all(Array.from({ length: 5 }, () => gmail(origin, tokens, 'profile')));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(2);
  expect(refused[0]?.body['error']).toMatchObject({
    message: 'Too many concurrent requests for user',
    status: 'RESOURCE_EXHAUSTED',
  });
  expect((await gmail(origin, tokens, 'profile')).status).toBe(200);
});

test('a client that keeps to the number of places is never refused', async () => {
  const { origin, tokens } = await clockedGoogle({ concurrentPerUser: 4 });
  const statuses: number[] = [];
  const worker = async () => {
    for (let call = 0; call < 10; call += 1) statuses.push((await gmail(origin, tokens, 'profile')).status);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  expect(statuses).toEqual(Array.from({ length: 40 }, () => 200));
});

test('the quota can be changed, and what was spent is then forgotten', async () => {
  const { origin, call } = await clockedGoogle({ unitsPerUserMinute: 5 });
  await call();
  expect((await call()).status).toBe(403);
  const put = await admin(origin, 'PUT', 'quota', { unitsPerUserMinute: 5, window: 'sliding' });
  expect(put.body).toMatchObject({ profile: '2026', unitsPerUserMinute: 5, window: 'sliding' });
  expect((await call()).status).toBe(200);
  expect((await admin(origin, 'PUT', 'quota', { window: 'round' })).status).toBe(400);
});

test('usage can be counted anew', async () => {
  const { origin, call } = await clockedGoogle({});
  await call();
  await admin(origin, 'DELETE', 'usage');
  await call('profile');
  const { body } = await admin(origin, 'GET', 'usage');
  expect(body).toMatchObject({
    units: 1,
    calls: { getProfile: 1 },
    unitsByAccount: { 'ada@example.com': 1 },
  });
});
