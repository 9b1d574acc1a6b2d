import { expect, it } from 'vitest';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { functionOf } from '../../support/rights.ts';

const synthesis = synthesise();

it('the sync queue hides a message for six times as long as a worker may take', () => {
  const worker = functionOf(synthesis, 'sync-mailbox').properties;
  const queues = Object.values(resourcesOf(synthesis.service, 'AWS::SQS::Queue'));
  const queue = queues.find(({ Properties }) => String(Properties['QueueName']).endsWith('-sync.fifo'));
  expect(queue?.Properties['VisibilityTimeout']).toBe(6 * Number(worker['Timeout']));
});

it('with more workers, the dispatcher that claims for them has more memory', () => {
  const { service, ...made } = synthesise({ context: { syncWorkers: '250' } });
  expect(functionOf({ service, ...made }, 'sync-dispatch').properties).toMatchObject({ MemorySize: 1_769 });
  const [source] = Object.values(resourcesOf(service, 'AWS::Lambda::EventSourceMapping'));
  expect(source?.Properties).toMatchObject({ ScalingConfig: { MaximumConcurrency: 250 } });
});

it('where nothing is copied, the schedules start the publisher and the sweep alone', () => {
  const off = synthesise({ context: { copy: 'off' } });
  const schedules = Object.values(resourcesOf(off.service, 'AWS::Scheduler::Schedule'));
  expect(schedules.map(({ Properties }) => Object(Properties['Target'])['Arn'])).toEqual(
    (['changes-publish', 'sync-sweep'] as const).map((name) => ({
      'Fn::GetAtt': [functionOf(off, name).id, 'Arn'],
    })),
  );
});
