import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { clientOptions } from '../../../../lambdas/aws/client-options.ts';
import { tables as shapes, type TableName } from '../../../tables.ts';
import type { Stores } from '../stores.ts';
import { type Finding, failed, look, ok } from './finding.ts';

/** Checks that every AWS service answers, and has what the functions need. */
export function checkAws(stores: Stores, installation: string): Promise<Finding[]> {
  const { config } = stores;
  // The default is `prod`.
  const sameOne = installation === 'local' ? '--local' : `--stage ${installation}`;
  return Promise.all([
    look('tables', () => tablesExist(stores)),
    look('token key', () => keyIsEnabled(config.tokenKey)),
    look('event bus', () => busExists(config.eventBus)),
    look('sync queue', async () => {
      const { waiting, inFlight } = await stores.deadLetters.countQueue();
      return ok(`${waiting} jobs wait, ${inFlight} are at work`);
    }),
    look('dead letters', async () => {
      const { waiting, inFlight } = await stores.deadLetters.countDead();
      const count = waiting + inFlight;
      return count === 0
        ? ok('none')
        : failed(
            `${count}: read the log of sync-mailbox, fix what it names, then run: npm run ops -- redrive ${sameOne}`,
          );
    }),
  ]);
}

async function tablesExist({ config, tables }: Stores) {
  const names = Object.keys(shapes).map((table) => config[`${table as TableName}Table`]);
  const statusOf = async (TableName: string) => {
    try {
      return (await tables.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus;
    } catch (error) {
      return error instanceof Error ? error.name : 'no answer';
    }
  };
  const seen = await Promise.all(names.map(async (name) => ({ name, status: await statusOf(name) })));
  const faults = seen.flatMap(({ name, status }) =>
    status === 'ACTIVE' || status === 'UPDATING' ? [] : [`${name} (${status})`],
  );
  return faults.length === 0
    ? ok(`all ${names.length} exist`)
    : failed(`cannot be used: ${faults.join(', ')}; deploy, or restore them under these names`);
}

async function keyIsEnabled(KeyId: string) {
  const kms = new KMSClient(clientOptions);
  try {
    const { KeyMetadata: key } = await kms.send(new DescribeKeyCommand({ KeyId }));
    return key?.Enabled
      ? ok('enabled')
      : failed(`it is ${key?.KeyState}: no token can be read until it is enabled in the KMS console`);
  } finally {
    kms.destroy();
  }
}

async function busExists(Name: string) {
  const bus = new EventBridgeClient(clientOptions);
  try {
    await bus.send(new DescribeEventBusCommand({ Name }));
    return ok('exists');
  } finally {
    bus.destroy();
  }
}
