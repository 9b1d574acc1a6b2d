import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, expect, test, vi } from 'vitest';
import { createMessagesTable } from '../../lambdas/aws/messages-table.ts';
import { connectTables } from '../../lambdas/aws/table.ts';
import { createHandler } from '../../lambdas/http/handler.ts';
import type { AccountQuery } from '../../lambdas/owners/account-list.ts';
import { listAccountsRoute } from '../../lambdas/owners/list-accounts.ts';
import { ask, backendRole, jsonOf } from '../support/api-event.ts';
import { recordingLog } from '../support/doubles/recording-log.ts';
import { almostText, laterOrProblem, numRuns } from './support.ts';

vi.stubEnv('AWS_REGION', 'us-east-1');

const tables = connectTables();
const starts: unknown[] = [];
tables.middlewareStack.add(
  () =>
    async ({ input }) => {
      starts.push('ExclusiveStartKey' in input ? input.ExclusiveStartKey : undefined);
      return { output: { Items: [], $metadata: {} }, response: undefined };
    },
  { step: 'initialize', priority: 'high' },
);
afterAll(() => {
  tables.destroy();
  vi.unstubAllEnvs();
});

const coded = (text: string) => Buffer.from(text).toString('base64url');

test('a page token of the copy is a place between the dates asked for, in the caller’s own copy, or is refused', async () => {
  const mailbox = { accountId: '1', generation: 'g' };
  const dates = { after: 1_000_000_000_000, before: 2_000_000_000_000, limit: 5 };
  const right = '001500000000000#a1';
  const place = fc.nat({ max: 4e12 }).map((date) => `${String(date).padStart(15, '0')}#a1`);
  const tokens = fc.oneof(
    place.map(coded),
    almostText(fc.constant(coded(right))),
    almostText(fc.constant(right)).map(coded),
  );
  const start = v.strictObject({
    mailbox: v.literal('1#g'),
    messageId: v.pipe(v.string(), v.regex(/^[\w-]+$/)),
    dateKey: v.pipe(v.string(), v.minValue('001000000000000'), v.maxValue('002000000000000')),
  });
  starts.length = 0;
  const property = fc.asyncProperty(tokens, async (cursor) => {
    const copy = createMessagesTable(tables, 't');
    await laterOrProblem(() => copy.listByDate(mailbox, { ...dates, cursor }), 'invalid_request');
  });
  await fc.assert(property, { numRuns });
  expect(starts.length).toBeGreaterThan(0);
  for (const key of starts) expect(v.safeParse(start, key).issues).toBeUndefined();
});

test('a page token of the accounts goes on with the query that it came from, or is refused', async () => {
  const asked: (string | undefined)[] = [];
  const list = async ({ after }: AccountQuery) => {
    asked.push(after);
    return { accounts: [], next: '123' };
  };
  const options = { origin: 'https://mail.example.com', log: recordingLog() };
  const handler = createHandler(listAccountsRoute({ accounts: { list }, scopes: [] }), options);
  const read = (query: string) => ask(handler, 'GET /accounts', { query, signedBy: backendRole });
  const token = String(jsonOf(await read('owner=acme'))['nextPageToken']);
  const inside = Buffer.from(token, 'base64url').toString();
  const tokens = fc.oneof(almostText(fc.constant(token)), almostText(fc.constant(inside)).map(coded));
  asked.length = 0;
  const property = fc.asyncProperty(tokens, async (pageToken) => {
    const before = asked.length;
    const { status } = await read(String(new URLSearchParams({ owner: 'acme', pageToken })));
    expect([status, asked.length - before]).toEqual(status === 200 ? [200, 1] : [400, 0]);
    const other = await read(String(new URLSearchParams({ owner: 'other', pageToken })));
    expect(other.status).toBe(400);
  });
  await fc.assert(property, { numRuns });
  expect(asked.length).toBeGreaterThan(0);
  for (const after of asked) expect(after).toMatch(/^[!-~]{1,255}$/);
});
