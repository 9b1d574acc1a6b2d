import { describe, expect, it } from 'vitest';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { functionOf } from '../../support/rights.ts';

const synthesis = synthesise();
const queues = resourcesOf(synthesis.service, 'AWS::SQS::Queue');

/** The logical ID of the queue of that name, and its properties. */
function queue(name: string): [string, Readonly<Record<string, unknown>>] {
  const found = Object.entries(queues).find(([, { Properties }]) => Properties['QueueName'] === name);
  return [found?.[0] ?? 'none', found?.[1].Properties ?? {}];
}

const [id, properties] = queue('gmail-offline-access-prod-sync.fifo');
const [deadLettersId, deadLetters] = queue('gmail-offline-access-prod-sync-dead-letters.fifo');

describe('the sync queue', () => {
  it('keeps the order in each mailbox, and lets mailboxes pass each other', () => {
    expect(properties).toMatchObject({
      FifoQueue: true,
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    });
    expect(properties).not.toHaveProperty('ContentBasedDeduplication');
  });

  it('hides a message for six times as long as a worker may take', () => {
    const worker = functionOf(synthesis, 'sync-mailbox').properties;
    expect(properties['VisibilityTimeout']).toBe(6 * Number(worker['Timeout']));
  });

  it('keeps a message for four days, and one that five workers died of for two weeks more', () => {
    expect(properties).toMatchObject({
      MessageRetentionPeriod: 4 * 86_400,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [deadLettersId, 'Arn'] }, maxReceiveCount: 5 },
    });
    expect(deadLetters).toMatchObject({ FifoQueue: true, MessageRetentionPeriod: 14 * 86_400 });
  });

  it('is encrypted at rest and on the way, as are its dead letters', () => {
    expect([properties, deadLetters]).toMatchObject([
      { SqsManagedSseEnabled: true },
      { SqsManagedSseEnabled: true },
    ]);
    const policies = Object.values(resourcesOf(synthesis.service, 'AWS::SQS::QueuePolicy'));
    expect(policies.map(({ Properties }) => Properties)).toEqual(
      expect.arrayContaining(
        [id, deadLettersId].map((name) => ({
          Queues: [{ Ref: name }],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Deny',
                Principal: { AWS: '*' },
                Action: 'sqs:*',
                Resource: { 'Fn::GetAtt': [name, 'Arn'] },
                Condition: { Bool: { 'aws:SecureTransport': 'false' } },
              },
            ],
          },
        })),
      ),
    );
    expect(policies).toHaveLength(2);
  });

  it.each([
    [undefined, 10, 512],
    ['250', 250, 1_769],
  ])(
    'starts a worker with up to ten messages, of which it says what failed; where syncWorkers is %s, %s at once, and a dispatcher of %s MB claims for them',
    (syncWorkers, workers, memory) => {
      const made = synthesise({ context: syncWorkers === undefined ? {} : { syncWorkers } });
      expect(functionOf(made, 'sync-dispatch').properties).toMatchObject({ MemorySize: memory });
      const sources = Object.values(resourcesOf(made.service, 'AWS::Lambda::EventSourceMapping'));
      expect(sources.map(({ Properties }) => Properties)).toEqual([
        {
          EventSourceArn: { 'Fn::GetAtt': [id, 'Arn'] },
          FunctionName: { Ref: functionOf(synthesis, 'sync-mailbox').id },
          BatchSize: 10,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ScalingConfig: { MaximumConcurrency: workers },
        },
      ]);
    },
  );
});
