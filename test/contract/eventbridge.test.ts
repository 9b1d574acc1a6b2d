import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsTarget, awsTarget } from './targets.ts';

let aws: AwsTarget;

beforeAll(async () => {
  aws = await awsTarget();
});
afterAll(() => aws?.close());

const entry = (changes: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  EventBusName: aws.busName,
  Source: 'contract',
  DetailType: 'added',
  Detail: '{"id":"1"}',
  ...changes,
});

/** An entry of so many bytes, as EventBridge counts them. */
function entryOf(bytes: number): PutEventsRequestEntry {
  const frame = 'contract'.length + 'added'.length + '{"x":""}'.length;
  return entry({ Detail: `{"x":"${'x'.repeat(bytes - frame)}"}` });
}

const put = (entries: PutEventsRequestEntry[]) =>
  aws.eventBridge.send(new PutEventsCommand({ Entries: entries }));

test.each<[string, () => PutEventsRequestEntry[]]>([
  ['ten events', () => Array.from({ length: 10 }, () => entry({ Time: new Date() }))],
  ['events of 262,143 bytes in all', () => [entryOf(131_072), entryOf(131_071)]],
  // PutEvents reports success: only DescribeEventBus shows that a bus is missing.
  ['an event for a bus that does not exist', () => [entry({ EventBusName: `${aws.busName}-unknown` })]],
])('%s: accepted, with an event ID each', async (_, entries) => {
  const { FailedEntryCount: failed, Entries: results = [] } = await put(entries());
  expect(failed).toBe(0);
  expect(new Set(results.map(({ EventId }) => EventId)).size).toBe(entries().length);
  expect(results.map(({ ErrorCode }) => ErrorCode)).toEqual(entries().map(() => undefined));
});

test('an entry that is incomplete, claims to be from AWS or holds no JSON object fails alone', async () => {
  const { FailedEntryCount: failed, Entries: results } = await put([
    entry({ Source: undefined }),
    entry({ DetailType: undefined }),
    entry({ Detail: undefined }),
    entry({ Source: 'aws.s3' }),
    entry({ Detail: 'no JSON' }),
    entry({ Detail: '"text"' }),
    entry({ Detail: '[]' }),
    entry(),
  ]);
  expect(failed).toBe(7);
  expect(results?.map(({ EventId, ErrorCode }) => ErrorCode ?? typeof EventId)).toEqual([
    'InvalidArgument',
    'InvalidArgument',
    'InvalidArgument',
    'NotAuthorizedForSourceException',
    'MalformedDetail',
    'MalformedDetail',
    'MalformedDetail',
    'string',
  ]);
});

test.each<[string, () => PutEventsRequestEntry[]]>([
  ['no event', () => []],
  ['eleven events', () => Array.from({ length: 11 }, () => entry())],
  ['events of more than 1 MiB in all', () => [entry(), entryOf(1_048_576)]],
])('%s: refused whole', async (_, entries) => {
  await expect(put(entries())).rejects.toMatchObject({ name: 'ValidationException' });
});
