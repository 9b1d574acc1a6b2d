import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startDynamoDb } from '../../../infra/local/aws/dynamodb.ts';
import {
  describeProgress,
  type MailboxProgress,
  readProgress,
  startProgress,
} from '../../../infra/local/progress.ts';
import { createMissingTables, resourceNames } from '../../../infra/local/resources.ts';
import { localCredentials } from '../../support/local-credentials.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ada = { email: 'ada@example.com', phase: 'backfill', copied: 1200, about: 20_000, failed: 0 };
const grace = { email: 'grace@example.com', phase: 'live', copied: 7, about: 7, failed: 0 };

test.each<[Partial<MailboxProgress>, string]>([
  [{}, 'ada@example.com backfill 1,200 / about 20,000, 6 %'],
  [{ failed: 3 }, 'ada@example.com backfill 1,200 / about 20,000, 6 %, 3 failed'],
  [{ about: undefined, copied: 0 }, 'ada@example.com backfill 0 copied'],
  [{ phase: 'live', copied: 20_001 }, 'ada@example.com live 20,001 / about 20,001, 100 %'],
  [{ copied: 0, about: 0 }, 'ada@example.com backfill 0 / about 0, 100 %'],
])('%o is told in words', (change, text) => {
  expect(describeProgress({ ...ada, ...change })).toBe(text);
});

test('progress is read from the tables, by e-mail address', async () => {
  const { endpoint, close } = await startDynamoDb(temporaryFolder());
  const client = new DynamoDBClient({ ...localCredentials, endpoint });
  onTestFinished(async () => {
    client.destroy();
    await close();
  });
  await createMissingTables(client);
  const tables = DynamoDBDocumentClient.from(client);
  const put = (TableName: string, Item: object) => tables.send(new PutCommand({ TableName, Item }));
  const { grants, mailboxes } = resourceNames.tables;
  const access = { ...localCredentials, dynamodbEndpoint: endpoint, tableNames: resourceNames.tables };
  expect(await readProgress(access)).toEqual([]);
  await put(mailboxes, { accountId: '2', phase: 'live', copied: 7, about: 7, failed: 0, generation: 'g' });
  await put(mailboxes, { accountId: '1', phase: 'backfill', copied: 1200, about: 20_000, failed: 0 });
  await put(mailboxes, { accountId: '3', phase: 'paused', copied: 0, failed: 0 });
  await put(grants, { accountId: '1', email: 'ada@example.com' });
  await put(grants, { accountId: '2', email: 'grace@example.com' });
  expect(await readProgress(access)).toEqual([
    { email: '3', phase: 'paused', copied: 0, failed: 0 },
    ada,
    grace,
  ]);
});

/** Looks once a second at what the test says it sees. */
function watch(changedOnly: boolean) {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const shown: string[] = [];
  let answer: () => Promise<readonly MailboxProgress[]> = async () => [];
  const progress = startProgress({
    read: () => answer(),
    show: (text) => shown.push(text),
    interval: 1000,
    changedOnly,
  });
  onTestFinished(() => progress.close());
  const see = async (next: typeof answer) => {
    answer = next;
    await vi.advanceTimersByTimeAsync(1000);
    return shown.splice(0);
  };
  return { progress, see };
}

test('for a line that stays all mailboxes are shown whenever one changed', async () => {
  const { see } = watch(false);
  expect(await see(async () => [])).toEqual([]);
  expect(await see(async () => [ada, grace])).toEqual([
    'ada@example.com backfill 1,200 / about 20,000, 6 % · grace@example.com live 7 / about 7, 100 %',
  ]);
  expect(await see(async () => [ada, grace])).toEqual([]);
  expect(await see(async () => [ada])).toEqual(['ada@example.com backfill 1,200 / about 20,000, 6 %']);
  expect(await see(async () => [])).toEqual(['']);
});

test('for a log only those that changed are, and nothing when one is gone', async () => {
  const { see } = watch(true);
  expect(await see(async () => [ada, grace])).toHaveLength(1);
  expect(await see(async () => [ada, { ...grace, copied: 8 }])).toEqual([
    'grace@example.com live 8 / about 8, 100 %',
  ]);
  expect(await see(async () => [ada])).toEqual([]);
});

test('a look that failed is followed by the next, and a closed one looks no more', async () => {
  const { progress, see } = watch(false);
  const failing = async () => {
    throw new Error('the table does not answer');
  };
  expect(await see(failing)).toEqual([]);
  expect(await see(async () => [grace])).toHaveLength(1);
  progress.close();
  expect(await see(async () => [ada])).toEqual([]);
});
