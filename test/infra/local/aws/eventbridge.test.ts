import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { expect, onTestFinished, test } from 'vitest';
import type { AwsCall } from '../../../../infra/local/aws/aws-call.ts';
import { type BusEvent, startEventBridge } from '../../../../infra/local/aws/eventbridge.ts';
import { localCredentials } from '../../../support/local-credentials.ts';

async function open() {
  const told: BusEvent[] = [];
  const calls: AwsCall[] = [];
  const service = await startEventBridge({
    onEvent: (event) => told.push(event),
    onCall: (call) => calls.push(call),
  });
  const client = new EventBridgeClient({ ...localCredentials, endpoint: service.endpoint, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await service.close();
  });
  const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }));
  return { service, put, told, calls };
}

const entry = (changes: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  EventBusName: 'bus',
  Source: 'mail',
  DetailType: 'added',
  Detail: '{"id":"1"}',
  ...changes,
});

/** An entry of so many bytes in all. */
function entryOf(bytes: number): PutEventsRequestEntry {
  const frame = 'mail'.length + 'added'.length + '{"x":""}'.length;
  return entry({ Detail: `{"x":"${'x'.repeat(bytes - frame)}"}` });
}

test('events are taken in order, in the form in which rules hand them on', async () => {
  const { service, put, told, calls } = await open();
  const time = new Date('2026-11-22T10:00:01.900Z');
  const answer = await put(entry({ Time: time, Resources: ['one'] }), entry({ Detail: '{"id":"2"}' }));
  expect(answer.FailedEntryCount).toBe(0);
  expect(answer.Entries?.map(({ EventId }) => EventId)).toEqual(told.map(({ id }) => id));
  expect(told[0]).toEqual({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    'detail-type': 'added',
    source: 'mail',
    account: '000000000000',
    time: '2026-11-22T10:00:01Z',
    region: 'us-east-1',
    resources: ['one'],
    detail: { id: '1' },
  });
  expect(told.map(({ detail }) => detail['id'])).toEqual(['1', '2']);
  expect(service.events()).toEqual(told);
  expect(calls.map(({ service: name, action }) => `${name} ${action}`)).toEqual(['eventbridge PutEvents']);
});

test('an entry that lacks something, pretends to be AWS or holds no JSON object is refused alone', async () => {
  const { put, told } = await open();
  const { FailedEntryCount, Entries } = await put(
    entry({ Source: undefined }),
    entry({ DetailType: '' }),
    entry({ Source: 'aws.s3' }),
    entry({ Detail: 'no JSON' }),
    entry({ Detail: '[]' }),
    entry({ Detail: '{"id":"good"}' }),
  );
  expect(FailedEntryCount).toBe(5);
  expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    'InvalidArgument',
    'InvalidArgument',
    'NotAuthorizedForSourceException',
    'MalformedDetail',
    'MalformedDetail',
    undefined,
  ]);
  expect(told.map(({ detail }) => detail)).toEqual([{ id: 'good' }]);
});

test('a call has one to ten entries, of less than 262,144 bytes in all', async () => {
  const { put, told } = await open();
  await put(...Array.from({ length: 10 }, () => entry()));
  await put(entryOf(131_072), entryOf(131_071));
  expect(told).toHaveLength(12);
  const tooMany = put(...Array.from({ length: 11 }, () => entry()));
  await expect(tooMany).rejects.toThrow(/Member must have length less than or equal to 10/);
  await expect(put()).rejects.toThrow(/greater than or equal to 1/);
  const tooLarge = put(entryOf(131_072), entryOf(131_072));
  await expect(tooLarge).rejects.toThrow('Total size of the entries in the request is over the limit.');
  await expect(put(entry({ Detail: `{"x":"${'é'.repeat(131_072)}"}` }))).rejects.toMatchObject({
    name: 'ValidationException',
  });
  expect(told).toHaveLength(12);
});

test('whole calls, or some entries of a call, fail when that is ordered', async () => {
  const { service, put, told } = await open();
  service.failNext({ action: 'PutEvents', failure: { error: 'InternalException', status: 500 } });
  await expect(put(entry())).rejects.toMatchObject({ name: 'InternalException' });
  service.failNext({ action: 'PutEvents', failure: { error: 'ThrottlingException', entries: [0, 2] } });
  const { FailedEntryCount, Entries } = await put(entry(), entry({ Detail: '{"id":"2"}' }), entry());
  expect(FailedEntryCount).toBe(2);
  expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    'ThrottlingException',
    undefined,
    'ThrottlingException',
  ]);
  expect(told.map(({ detail }) => detail['id'])).toEqual(['2']);
  expect((await put(entry())).FailedEntryCount).toBe(0);
});

test('only the last thousand events are remembered', async () => {
  const { service, put } = await open();
  for (let call = 0; call < 101; call++) {
    await put(...Array.from({ length: 10 }, (_, index) => entry({ Detail: `{"n":${10 * call + index}}` })));
  }
  const numbers = service.events().map(({ detail }) => detail['n']);
  expect(numbers).toHaveLength(1_000);
  expect([numbers[0], numbers.at(-1)]).toEqual([10, 1_009]);
});
