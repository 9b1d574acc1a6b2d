import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { clientOptions } from '../../../../lambdas/aws/client-options.ts';
import type { Stores } from '../stores.ts';
import { type Finding, fault, look, well } from './finding.ts';

/** Whether every AWS service answers, and has what the functions need. */
export function checkAws(stores: Stores, installation: string): Promise<Finding[]> {
  const { config } = stores;
  // Without it, the command would apply to the stage `prod`.
  const sameOne = installation === 'local' ? '--local' : `--stage ${installation}`;
  return Promise.all([
    look('tables', () => tablesStand(stores)),
    look('token key', () => keyIsEnabled(config.tokenKey)),
    look('event bus', () => busStands(config.eventBus)),
    look('sync queue', async () => {
      const { waiting, inFlight } = await stores.deadLetters.countQueue();
      return well(`${waiting} jobs wait, ${inFlight} are at work`);
    }),
    look('dead letters', async () => {
      const { waiting, inFlight } = await stores.deadLetters.countDead();
      const count = waiting + inFlight;
      return count === 0
        ? well('none')
        : fault(
            `${count}: read the log of sync-mailbox, mend what it names, then: npm run ops -- redrive ${sameOne}`,
          );
    }),
  ]);
}

async function tablesStand({ config, tables }: Stores) {
  const names = [
    config.loginsTable,
    config.grantsTable,
    config.mailboxesTable,
    config.messagesTable,
    config.changesTable,
    config.usageTable,
  ];
  const seen = await Promise.allSettled(
    names.map(async (TableName) => {
      const { Table: table } = await tables.send(new DescribeTableCommand({ TableName }));
      return table?.TableStatus;
    }),
  );
  const faults = seen.flatMap((result, index) => {
    if (result.status === 'rejected') {
      const { reason } = result;
      return [`${names[index]} (${reason instanceof Error ? reason.name : 'no answer'})`];
    }
    return result.value === 'ACTIVE' || result.value === 'UPDATING'
      ? []
      : [`${names[index]} (${result.value})`];
  });
  return faults.length === 0
    ? well(`all ${names.length} stand`)
    : fault(`cannot be used: ${faults.join(', ')}; deploy, or restore them under these names`);
}

async function keyIsEnabled(KeyId: string) {
  const kms = new KMSClient(clientOptions);
  try {
    const { KeyMetadata: key } = await kms.send(new DescribeKeyCommand({ KeyId }));
    return key?.Enabled
      ? well('enabled')
      : fault(`it is ${key?.KeyState}: no token can be read until it is enabled in the KMS console`);
  } finally {
    kms.destroy();
  }
}

async function busStands(Name: string) {
  const bus = new EventBridgeClient(clientOptions);
  try {
    await bus.send(new DescribeEventBusCommand({ Name }));
    return well('stands');
  } finally {
    bus.destroy();
  }
}
