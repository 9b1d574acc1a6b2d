import { deflateRawSync } from 'node:zlib';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import {
  createAccountList,
  createAccountReader,
  createAccountSummaryReader,
} from '../../lambdas/aws/account-list.ts';
import { createChangesTable } from '../../lambdas/aws/changes-table.ts';
import { createConnectLinksTable } from '../../lambdas/aws/connect-links-table.ts';
import { createCopiedMessages } from '../../lambdas/aws/copied-messages.ts';
import { createFailedMessages } from '../../lambdas/aws/failed-messages.ts';
import { createGrantAddresses } from '../../lambdas/aws/grant-addresses.ts';
import { createGrantList } from '../../lambdas/aws/grant-list.ts';
import {
  createEndingGrantReader,
  createGrantStatusReader,
  createGrantSummaryReader,
  createGrantsTable,
} from '../../lambdas/aws/grants-table.ts';
import { createHandoffsTable } from '../../lambdas/aws/handoffs-table.ts';
import { createMailboxesTable } from '../../lambdas/aws/mailboxes-table.ts';
import { createMessagesTable } from '../../lambdas/aws/messages-table.ts';
import { createPendingConsentsTable } from '../../lambdas/aws/pending-consents-table.ts';
import { createSessionsTable } from '../../lambdas/aws/sessions-table.ts';
import { connectTables, UnreadableRow } from '../../lambdas/aws/table.ts';
import { createUsageTable } from '../../lambdas/aws/usage-table.ts';
import { now } from '../lambdas/google/support.ts';
import { anyMac } from '../support/doubles/row-mac.ts';
import { almost, bounded, numRuns } from './support.ts';

vi.stubEnv('AWS_REGION', 'us-east-1');
vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');

type Row = Readonly<Record<string, unknown>>;
type Tables = DynamoDBDocumentClient;

const mailbox = { accountId: '1', generation: 'g' };
const bytes = new Uint8Array([1, 2, 3]);
const since = { createdAt: now, renewedAt: now, connectedAt: now };
const grant = {
  ...{
    ...mailbox,
    consentId: 'c',
    status: 'active',
    statusSince: now,
    email: 'a@example.com',
    owner: 'acme',
  },
  ...{ clientId: 'i', scopes: ['openid'], connectedAt: now, refreshToken: bytes, accessToken: bytes },
  ...{ accessTokenExpiresAt: now, boundTo: 't', grantExpiresAt: now, announcedExpiry: now, schemaVersion: 1 },
};
const found = { missing: ['a'], extra: [], mislabelled: [] };
const state = {
  ...{
    ...mailbox,
    phase: 'live',
    historyId: '1',
    pageToken: 'p',
    about: 1,
    copied: 1,
    failed: 0,
    connectedAt: now,
  },
  ...{ nextDueAt: now, dueClass: 'changes', wants: 1, quietPolls: 0, batchSize: 25, schemaVersion: 1 },
  claim: { jobId: 'j', units: 1, claimedAt: now },
  spends: [{ at: now, units: 1, mark: 'counted' }],
  lastError: { code: 'google_error', at: now },
  verify: { startedAt: now, because: 'requested', group: { upTo: 'b' }, listing: { ids: 'a' }, found },
  lastVerify: { ...found, at: now },
};
const message = {
  ...{
    mailbox: '1#g',
    messageId: 'a1',
    threadId: 't1',
    labelIds: ['INBOX'],
    internalDate: now,
    historyId: '12',
  },
  ...{ from: 'a', to: 'b', subject: 'c', snippet: 'd', size: 1, dateKey: `00${now}#a1` },
};
const failed = { mailbox: '1#g#failed', messageId: 'a1', reason: '400', attempts: 1, nextAttemptAt: now };
const told = [{ id: 'a1', threadId: 't1', labelIds: ['INBOX'], historyId: '12' }];
const change = {
  ...{
    feed: 'account#1',
    position: `${'1'.repeat(20)}#1`,
    ...mailbox,
    at: now,
    owner: 'acme',
    type: 'added',
  },
  body: deflateRawSync(JSON.stringify(told)),
};
const pending = {
  ...{ id: 'state#s', browserHash: 'b', returnTo: '/', prompted: true, clientId: 'i', scopes: ['openid'] },
  ...{ invitation: { linkId: 'l', owner: 'acme', email: 'e' }, sealed: bytes, expiresAt: now / 1_000 },
};
const link = {
  id: 'link#l',
  owner: 'acme',
  requester: 'r',
  returnTo: '/',
  browserHash: 'b',
  expiresAt: now / 1_000,
};
const handoff = { handsOver: '1', generation: 'g', codeChallenge: 'c', origin: 'o', expiresAt: now / 1_000 };
const session = { id: 'session#s', ...mailbox, ...since, idleLifetime: 1, expiresAt: now / 1_000 };
const query = { after: undefined, limit: 5 };
const feedQuery = { after: '0', until: undefined, limit: 5 };

/** Every reader of a table, and a row that is right. */
const readers: readonly [what: string, right: Row, read: (tables: Tables) => Promise<unknown>][] = [
  ['a grant', grant, (tables) => createGrantsTable(tables, 't').find('1')],
  ['a grant’s status', grant, (tables) => createGrantStatusReader(tables, 't')('1')],
  ['a grant’s summary', grant, (tables) => createGrantSummaryReader(tables, 't')('1')],
  ['a grant that ends', grant, (tables) => createEndingGrantReader(tables, 't')('1')],
  ['all grants', grant, (tables) => Array.fromAsync(createGrantList(tables, 't').pages())],
  ['an account', grant, (tables) => createAccountReader(tables, 't')('1')],
  ['an account’s summary', grant, (tables) => createAccountSummaryReader(tables, 't')('1')],
  [
    'accounts',
    grant,
    (tables) =>
      createAccountList(tables, 't').list({ owner: 'acme', email: undefined, status: undefined, ...query }),
  ],
  [
    'the account of an address',
    grant,
    (tables) => createAccountList(tables, 't').list({ email: 'a', limit: 5 }),
  ],
  ['other grants of an address', grant, (tables) => createGrantAddresses(tables, 't').othersWith('a', '2')],
  ['a session', session, (tables) => createSessionsTable(tables, 't', anyMac).find('s')],
  [
    'sessions of an account',
    session,
    (tables) => createSessionsTable(tables, 't', anyMac).listByAccount('1'),
  ],
  [
    'a pending consent',
    pending,
    (tables) => createPendingConsentsTable(tables, 't', anyMac).take('s', { browserHash: 'b' }, now),
  ],
  ['a connect link', link, (tables) => createConnectLinksTable(tables, 't', anyMac).find('l')],
  [
    'a connect link that is bound',
    link,
    (tables) => createConnectLinksTable(tables, 't', anyMac).bind('l', 'b', now),
  ],
  ['a handoff', handoff, (tables) => createHandoffsTable(tables, 't', anyMac).take('h', 'c', now)],
  ['a mailbox', state, (tables) => createMailboxesTable(tables, 't').find('1')],
  [
    'mailboxes that are due',
    state,
    (tables) => Array.fromAsync(createMailboxesTable(tables, 't').listDue('changes', 0, now)),
  ],
  [
    'the units of a day',
    { all: 1, backfill: 1 },
    (tables) => createUsageTable(tables, 't').readDay('2026-11-22'),
  ],
  [
    'the last ticks',
    { ticks: [{ at: 1, jobs: 1, units: 1 }] },
    (tables) => createUsageTable(tables, 't').readTicks(),
  ],
  ['a refusal of the project', { until: 1 }, (tables) => createUsageTable(tables, 't').slowedUntil()],
  [
    'copied messages by date',
    message,
    (tables) => createMessagesTable(tables, 't').listByDate(mailbox, query),
  ],
  [
    'copied messages',
    message,
    (tables) => Array.fromAsync(createMessagesTable(tables, 't').scan(mailbox, undefined)),
  ],
  ['known messages', message, (tables) => createMessagesTable(tables, 't').findKnown(mailbox, ['a1'])],
  ['copied summaries', message, (tables) => createCopiedMessages(tables, 't').find(mailbox, ['a1'])],
  ['failed messages', failed, (tables) => createMessagesTable(tables, 't').listFailed(mailbox)],
  ['some failed messages', failed, (tables) => createFailedMessages(tables, 't')(mailbox, 5)],
  ['changes', change, (tables) => createChangesTable(tables, 't').read({ accountId: '1' }, feedQuery)],
  ['the newest change', change, (tables) => createChangesTable(tables, 't').newest('1')],
  ['how far the bus was told', { upTo: '1' }, (tables) => createChangesTable(tables, 't').published.find(0)],
];

let row: unknown;
const tables = answeringTables(() => row);
afterAll(() => {
  tables.destroy();
  vi.unstubAllEnvs();
});

test.each(readers)('%s is read, or refused without what the row holds', async (_, right, read) => {
  const outcomes = new Set<string>();
  const property = fc.asyncProperty(almostRow(right), async (item) => {
    row = item;
    try {
      await bounded(() => read(tables));
      outcomes.add('read');
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableRow);
      expect(Object.keys(Object(error))).toEqual(['name']);
      expect(String(error)).toMatch(/^UnreadableRow: Not of the form of this table: (the item|[\w.]+)\.$/);
      outcomes.add('refused');
    }
  });
  await fc.assert(property, { numRuns });
  expect([...outcomes].sort()).toEqual(['read', 'refused']);
});

/** A row with an attribute changed or gone, as one of another `schemaVersion` may have it; bytes stay bytes. */
function almostRow(right: Row): fc.Arbitrary<unknown> {
  const plain = Object.entries(right).filter(([, value]) => !(value instanceof Uint8Array));
  const binary = Object.entries(right).filter(([, value]) => value instanceof Uint8Array);
  const others = fc.uint8Array({ maxLength: 40 });
  return fc
    .tuple(
      almost(fc.constant(Object.fromEntries(plain))),
      others,
      fc.constantFrom('right', 'right', 'other', 'text', 'gone'),
    )
    .map(([item, other, kind]) => {
      const values = { right: undefined, other, text: 'text', gone: undefined };
      const bytesOfRow = binary.map(([name, value]) => [name, values[kind] ?? value]);
      const rest = typeof item === 'object' && !Array.isArray(item) ? item : {};
      return { ...rest, ...(kind !== 'gone' && Object.fromEntries(bytesOfRow)) };
    });
}

/** Tables of which every read finds this row. */
function answeringTables(find: () => unknown): DynamoDBDocumentClient {
  const client = connectTables();
  client.middlewareStack.add(
    () => async () => {
      const item = find();
      const output = { Item: item, Items: [item], Attributes: item, Responses: { t: [item] }, $metadata: {} };
      return { output, response: undefined };
    },
    { step: 'initialize', priority: 'high' },
  );
  return client;
}
