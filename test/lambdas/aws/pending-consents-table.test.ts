import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createPendingConsentsTable } from '../../../lambdas/aws/pending-consents-table.ts';
import type { ConsentOutcome, PendingConsent } from '../../../lambdas/consent/pending-consent.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';
import { testStart } from '../../support/doubles/clock.ts';
import { testMac } from '../../support/doubles/row-mac.ts';
import { forgeriesOf } from '../../support/forgeries.ts';

const browser = { browserHash: 'hash-of-browser' };

const pending: PendingConsent = {
  loginId: 'hash-of-state',
  binding: browser,
  returnTo: '/messages?q=a',
  expectedAccountId: 'account-1',
  prompted: true,
  clientId: 'client-1',
  scopes: ['openid'],
  sealed: Uint8Array.from([1, 2, 3]),
  expiresAt: testStart + 600_000,
};

async function build() {
  const { tables, names, itemsOf, service } = await dynamoDb();
  const putRow = (item: Record<string, unknown>) =>
    tables.send(new PutCommand({ TableName: names.logins, Item: item }));
  return { itemsOf, service, putRow, store: createPendingConsentsTable(tables, names.logins, testMac) };
}

test('a pending consent stands under its own kind of key, with its version and its end in seconds', async () => {
  const { store, itemsOf } = await build();
  await store.put(pending);
  const { loginId, binding, expiresAt, ...rest } = pending;
  expect(await itemsOf('logins')).toEqual([
    {
      ...{ ...rest, ...binding, id: `state#${loginId}`, schemaVersion: 3, expiresAt: expiresAt / 1000 },
      mac: expect.stringMatching(/^[\w-]{43}$/),
    },
  ]);
});

test('it is taken once, as it was put in', async () => {
  const { store } = await build();
  await store.put(pending);
  expect(await store.take('hash-of-state', browser, testStart)).toEqual(pending);
  expect(await store.take('hash-of-state', browser, testStart)).toBeUndefined();
});

describe('one that was taken', () => {
  const ended = { endedAt: testStart + 1_000, expiresAt: testStart + 3_600_000 };
  const found = { loginId: 'hash-of-state', returnTo: '/messages?q=a', takenAt: testStart, moreSessions: [] };

  async function taken() {
    const built = await build();
    await built.store.put(pending);
    await built.store.take('hash-of-state', browser, testStart);
    const find = (hash = 'hash-of-browser', now = testStart) =>
      built.store.findTaken('hash-of-state', hash, now);
    return { ...built, find };
  }

  test.each<ConsentOutcome>([
    { sessions: ['hash-of-session'], codeHash: 'hash-of-code' },
    { handsOver: 'account-1', generation: 'generation-1', codeHash: 'hash-of-code' },
    { problem: 'access_denied' },
    { problem: 'account_mismatch', detail: 'words' },
  ])('is found by its browser, and then with the outcome %j', async (outcome) => {
    const { store, find, itemsOf } = await taken();
    expect(await find()).toEqual(found);
    await store.end(pending, outcome, ended);
    expect(await find()).toEqual({ ...found, outcome, endedAt: ended.endedAt });
    expect(await itemsOf('logins')).toEqual([expect.not.objectContaining({ sealed: expect.anything() })]);
  });

  test('is not found by another browser, nor after its time, nor before it was taken', async () => {
    const { store, find } = await taken();
    expect(await find('another')).toBeUndefined();
    expect(await find('hash-of-browser', pending.expiresAt)).toBeUndefined();
    await store.put({ ...pending, loginId: 'untaken' });
    expect(await store.findTaken('untaken', 'hash-of-browser', testStart)).toBeUndefined();
    expect(await store.findTaken('unknown', 'hash-of-browser', testStart)).toBeUndefined();
  });

  test('does not come back by its outcome where it was deleted meanwhile', async () => {
    const { store, itemsOf } = await build();
    await store.end(pending, { sessions: ['hash-of-session'], codeHash: 'hash-of-code' }, ended);
    expect(await itemsOf('logins')).toEqual([]);
  });

  test('is repeated by its browser so often, and not before it has ended, nor too late', async () => {
    const { store, find } = await taken();
    const repeat = (hash = 'hash-of-browser', since = testStart) =>
      store.repeat('hash-of-state', hash, { since, most: 2 }, 'another');
    expect(await repeat()).toBe(false);
    await store.end(pending, { sessions: ['hash-of-session'], codeHash: 'hash-of-code' }, ended);
    expect(await repeat('another')).toBe(false);
    expect(await repeat('hash-of-browser', ended.endedAt + 1)).toBe(false);
    const repeated = await Promise.all(Array.from({ length: 5 }, () => repeat()));
    expect(repeated.filter((isAllowed) => isAllowed)).toHaveLength(2);
    expect(await find()).toMatchObject({
      outcome: { sessions: ['hash-of-session'] },
      moreSessions: ['another', 'another'],
    });
  });
});

test('it needs no expected account', async () => {
  const { store } = await build();
  const { expectedAccountId: _, ...free } = pending;
  await store.put({ ...free, expectedAccountId: undefined });
  expect(await store.take('hash-of-state', browser, testStart)).toEqual(free);
});

test.each([
  ['another browser', 'hash-of-state', { browserHash: 'another' }, testStart],
  ['another state', 'another', browser, testStart],
  ['a late callback, though the row still stands', 'hash-of-state', browser, testStart + 600_000],
  ['a callback of the next day', 'hash-of-state', browser, testStart + 86_400_000],
  ['the key of a session', '#session', browser, testStart],
])('%s gets nothing and takes nothing away', async (_, loginId, binding, now) => {
  const { store } = await build();
  await store.put(pending);
  expect(await store.take(loginId, binding, now)).toBeUndefined();
  expect(await store.take('hash-of-state', browser, testStart + 599_000)).toEqual(pending);
});

const challenge = { codeChallenge: 'challenge' };
const ofProgram: PendingConsent = {
  loginId: 'hash-of-state',
  binding: challenge,
  redirectUri: '',
  returnTo: '/',
  prompted: true,
  clientId: 'client-1',
  scopes: ['openid'],
  expiresAt: testStart + 600_000,
};

test('that of a program is taken out as it was put in', async () => {
  const { store } = await build();
  await store.put(ofProgram);
  expect(await store.take('hash-of-state', challenge, testStart)).toEqual(ofProgram);
});

test('that of an invitation, or of an application elsewhere, keeps what belongs to it', async () => {
  const { store } = await build();
  const whole: PendingConsent = {
    ...pending,
    returnTo: 'https://app.example.com/',
    handoffChallenge: 'challenge',
    invitation: { linkId: 'hash-of-link', owner: 'tenant-1', email: 'ann@example.com' },
  };
  await store.put(whole);
  expect(await store.take('hash-of-state', browser, testStart)).toEqual(whole);
  const { email: _, ...invitation } = whole.invitation ?? { owner: '' };
  await store.put({ ...whole, invitation: { ...invitation, email: undefined } });
  expect(await store.take('hash-of-state', browser, testStart)).toEqual({ ...whole, invitation });
});

test.each([
  ['a browser with a program’s challenge for a cookie', ofProgram, { browserHash: 'challenge' }],
  ['a program with a browser’s hash for a challenge', pending, { codeChallenge: 'hash-of-browser' }],
  [
    'a program with the challenge of an application elsewhere',
    { ...pending, handoffChallenge: 'challenge' },
    challenge,
  ],
  ['a browser that knows no cookie', ofProgram, { browserHash: '' }],
])('%s gets nothing and takes nothing away', async (_, put, binding) => {
  const { store } = await build();
  await store.put(put);
  expect(await store.take('hash-of-state', binding, testStart)).toBeUndefined();
  expect(await store.take('hash-of-state', put.binding, testStart)).toEqual(put);
});

test('a row that this site did not write is no consent', async () => {
  const { store, itemsOf, putRow } = await build();
  const whole: PendingConsent = {
    ...pending,
    handoffChallenge: 'challenge',
    invitation: { linkId: 'hash-of-link', owner: 'tenant-1' },
  };
  await store.put(whole);
  const [row = {}] = await itemsOf('logins');
  for (const forgery of forgeriesOf(row)) {
    await putRow(forgery);
    const binding = { browserHash: String(forgery['browserHash']) };
    expect([forgery, await store.take('hash-of-state', binding, testStart)]).toEqual([forgery, undefined]);
    await putRow({ ...forgery, takenBy: 'somebody', takenAt: testStart });
    expect(await store.findTaken('hash-of-state', binding.browserHash, testStart)).toBeUndefined();
  }
  await putRow(row);
  expect(await store.take('hash-of-state', browser, testStart)).toEqual(whole);
});

test('an outcome that this site did not write signs nobody in', async () => {
  const { store, itemsOf, putRow } = await build();
  await store.put(pending);
  await store.take('hash-of-state', browser, testStart);
  const [begun = {}] = await itemsOf('logins');
  const outcome = { sessions: ['hash-of-session'], codeHash: 'hash-of-code' };
  await store.end(pending, outcome, { endedAt: testStart, expiresAt: testStart + 3_600_000 });
  const [ended = {}] = await itemsOf('logins');
  const free = ['takenBy', 'takenAt', 'clientId', 'scopes', 'prompted', 'schemaVersion'];
  const forgeries = [
    ...forgeriesOf(ended, [...free, 'more']).filter(
      (forgery) => !('more' in forgery) && 'outcome' in forgery,
    ),
    { ...begun, outcome, endedAt: testStart },
    { ...ended, outcome: { ...outcome, sessions: ['of-another'] } },
    { ...ended, outcome: { ...outcome, sessions: ['of-another', 'hash-of-session'] } },
    { ...ended, outcome: { ...outcome, handsOver: 'account-2', generation: 'generation-2' } },
  ];
  for (const forgery of forgeries) {
    await putRow(forgery);
    const bound = String(forgery['browserHash']);
    expect([forgery, await store.findTaken('hash-of-state', bound, testStart)]).toEqual([forgery, undefined]);
  }
  await putRow(ended);
  expect(await store.findTaken('hash-of-state', 'hash-of-browser', testStart)).toMatchObject({ outcome });
});
