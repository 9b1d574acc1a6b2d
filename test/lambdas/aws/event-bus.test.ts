import { expect, onTestFinished, test, vi } from 'vitest';
import type { AwsCall } from '../../../infra/local/aws/aws-call.ts';
import { type AwsDouble, startAwsDouble } from '../../../infra/local/aws/aws-double.ts';
import { startEventBridge } from '../../../infra/local/aws/eventbridge.ts';
import { createJsonService } from '../../../infra/local/aws/json-service.ts';
import { createEventBus } from '../../../lambdas/aws/event-bus.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';

/** A bus connected as a function connects it. */
async function open(other?: AwsDouble) {
  const calls: AwsCall[] = [];
  const service = await startEventBridge({ onCall: (call) => calls.push(call) });
  vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', (other ?? service).endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  onTestFinished(async () => {
    await Promise.all([service.close(), other?.close()]);
    vi.unstubAllEnvs();
  });
  const log = recordingLog();
  return { bus: createEventBus('the-bus', { log }), service, calls, log };
}

const eventOf = (number: number) => ({
  detailType: 'added',
  detail: JSON.stringify({ number }),
  time: Date.UTC(2026, 10, 1),
});

test('events come to the bus of that name, from a source that rules can name', async () => {
  const { bus, service, calls, log } = await open();
  expect(await bus.put([eventOf(1), eventOf(2)])).toEqual([]);
  expect(service.events()).toMatchObject([
    {
      source: 'gmail-offline-access',
      'detail-type': 'added',
      time: '2026-11-01T00:00:00Z',
      detail: { number: 1 },
    },
    { detail: { number: 2 } },
  ]);
  expect(JSON.stringify(calls[0]?.input)).toContain('"EventBusName":"the-bus"');
  expect(log.lines).toEqual([]);
});

test('those that were not taken are told by their place, and the log says why', async () => {
  const { bus, service, log } = await open();
  service.failNext({ action: 'PutEvents', failure: { error: 'ThrottlingException', entries: [0, 2] } });
  expect(await bus.put([eventOf(1), eventOf(2), eventOf(3)])).toEqual([0, 2]);
  expect(service.events()).toHaveLength(1);
  expect(log.lines).toEqual([{ level: 'warn', event: 'events not taken', errorCode: 'ThrottlingException' }]);
});

test('one that the bus refuses for its content is given up, and the log says so', async () => {
  const { bus, service, log } = await open();
  service.failNext({ action: 'PutEvents', failure: { error: 'MalformedDetail', entries: [1] } });
  expect(await bus.put([eventOf(1), eventOf(2), eventOf(3)])).toEqual([]);
  expect(service.events()).toHaveLength(2);
  expect(log.lines).toEqual([{ level: 'error', event: 'event refused', errorCode: 'MalformedDetail' }]);
});

test('of a call that failed nothing counts as taken', async () => {
  const { bus, service, log } = await open();
  service.failNext({ action: 'PutEvents', times: 3, failure: { error: 'InternalException', status: 500 } });
  expect(await bus.put([eventOf(1), eventOf(2)])).toEqual([0, 1]);
  service.failNext({ action: 'PutEvents', times: 3, failure: 'reset' });
  expect(await bus.put([eventOf(1)])).toEqual([0]);
  expect(log.lines.map(({ level, event }) => [level, event])).toEqual([
    ['warn', 'events not taken'],
    ['warn', 'events not taken'],
  ]);
});

test('an entry of which the answer says nothing counts as not taken', async () => {
  const server = createJsonService({
    PutEvents: () => ({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] }),
  });
  const { bus } = await open(await startAwsDouble(server, 'eventbridge', undefined));
  expect(await bus.put([eventOf(1), eventOf(2)])).toEqual([1]);
});

test('what waiting does not mend is the operator’s to mend', async () => {
  const { bus, service } = await open();
  service.failNext({ action: 'PutEvents', failure: { error: 'AccessDeniedException' } });
  await expect(bus.put([eventOf(1)])).rejects.toMatchObject({ code: 'misconfigured' });
});
