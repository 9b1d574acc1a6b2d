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

test('accepted events are handed on in order, in the form that targets of rules receive', async () => {
  const { service, put, told, calls } = await open();
  const time = new Date('2026-11-22T10:00:01.900Z');
  const answer = await put(
    entry({ Time: time, Resources: ['one'] }),
    entry({ Detail: '[]' }),
    entry({ Detail: '{"id":"2"}' }),
  );
  expect(answer.Entries?.flatMap(({ EventId }) => EventId ?? [])).toEqual(told.map(({ id }) => id));
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

test('a call has less than 262,144 bytes in all', async () => {
  const { put, told } = await open();
  await put(entryOf(131_072), entryOf(131_071));
  const tooLarge = { name: 'ValidationException' };
  await expect(put(entryOf(131_072), entryOf(131_072))).rejects.toMatchObject(tooLarge);
  await expect(put(entry({ Detail: `{"x":"${'é'.repeat(131_072)}"}` }))).rejects.toMatchObject(tooLarge);
  expect(told).toHaveLength(2);
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
