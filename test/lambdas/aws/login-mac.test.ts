import { randomBytes } from 'node:crypto';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { createLoginMac } from '../../../lambdas/aws/login-mac.ts';
import { secretsManager } from '../../support/aws-doubles.ts';
import { testMac } from '../../support/doubles/row-mac.ts';

async function build(text = randomBytes(48).toString('base64')) {
  const { client, service } = await secretsManager();
  const secretId = 'login-key';
  await client.send(new CreateSecretCommand({ Name: secretId, SecretString: text }));
  const process = (version = '1') => createLoginMac({ secretId, version }, client);
  return { service, process, mac: process() };
}

const row = {
  id: 'session#1',
  accountId: '1',
  bytes: Uint8Array.from([1]),
  list: ['a', 'b'],
  map: { a: 1, b: 2 },
};

test('processes of one key agree on the MAC of a row, and those of another key or version do not', async () => {
  const { mac, process } = await build();
  expect(await process().fits(row, await mac.of(row))).toBe(true);
  expect(await process('2').fits(row, await mac.of(row))).toBe(false);
  const elsewhere = await build();
  expect(await elsewhere.mac.fits(row, await mac.of(row))).toBe(false);
});

test('the order of attributes does not count, nor do those that are not stored', async () => {
  const { map, ...rest } = row;
  const reordered = { map: { b: 2, none: undefined, a: 1 }, ...rest, none: undefined };
  expect(await testMac.of(reordered)).toBe(await testMac.of(row));
});

test.each<[string, object]>([
  ['another value', { ...row, accountId: '2' }],
  ['a number for its digits', { ...row, accountId: 1 }],
  ['other bytes', { ...row, bytes: Uint8Array.from([2]) }],
  ['bytes as text', { ...row, bytes: 'AQ==' }],
  ['bytes as what they are written as', { ...row, bytes: { bytes: 'AQ==' } }],
  ['another order of a list', { ...row, list: ['b', 'a'] }],
  ['a list as what it is written as', { ...row, list: { list: ['a', 'b'] } }],
  [
    'a map as what it is written as',
    {
      ...row,
      map: {
        map: [
          ['a', 1],
          ['b', 2],
        ],
      },
    },
  ],
  ['an attribute more', { ...row, more: '' }],
  ['an attribute with nothing in it', { ...row, more: null }],
])('%s is another row', async (_, other) => {
  expect(await testMac.fits(other, await testMac.of(row))).toBe(false);
  expect(await testMac.fits(other, await testMac.of(other))).toBe(true);
});

test.each([undefined, null, 7, '', ['a'], {}])('%j is no MAC', async (mac) => {
  expect(await testMac.fits(row, mac)).toBe(false);
});

test('the key is read once for a process, however many rows come at once', async () => {
  const { service, mac } = await build();
  await Promise.all(Array.from({ length: 5 }, () => mac.of(row)));
  await service.refuse(true);
  expect(await mac.of(row)).toMatch(/^[\w-]{43}$/);
});

test('a Secrets Manager that is out of reach is reported as such, and asked again at the next request', async () => {
  const { service, mac } = await build();
  service.failNext({
    action: 'GetSecretValue',
    times: 3,
    failure: { error: 'InternalServiceError', status: 500 },
  });
  await expect(mac.fits(row, '')).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(await mac.fits(row, '')).toBe(false);
});

test('a missing right is the operator’s to fix', async () => {
  const { service, mac } = await build();
  service.failNext({ action: 'GetSecretValue', failure: { error: 'AccessDeniedException' } });
  await expect(mac.ready()).rejects.toMatchObject({ code: 'misconfigured' });
});

test.each(['', 'short'])('a secret of too few characters authenticates nothing: %j', async (text) => {
  const { mac } = await build(text);
  await expect(mac.of(row)).rejects.toMatchObject({ code: 'misconfigured' });
});

test('a secret that does not exist is the operator’s to fix', async () => {
  const { client } = await secretsManager();
  const mac = createLoginMac({ secretId: 'login-key', version: '1' }, client);
  await expect(mac.ready()).rejects.toMatchObject({ code: 'misconfigured' });
});
