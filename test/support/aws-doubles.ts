import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { onTestFinished } from 'vitest';
import type { AwsCall } from '../../infra/local/aws/aws-call.ts';
import type { AwsDouble } from '../../infra/local/aws/aws-double.ts';
import { startDynamoDb } from '../../infra/local/aws/dynamodb.ts';
import { startKms } from '../../infra/local/aws/kms.ts';
import { startSecretsManager } from '../../infra/local/aws/secrets-manager.ts';
import { createMissingTables, resourceNames } from '../../infra/local/resources.ts';
import type { TableName } from '../../infra/tables.ts';
import { clientOptions } from '../../lambdas/aws/client-options.ts';
import { localCredentials } from './local-credentials.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What the clients of production are made with, led to a service on this machine. */
const optionsFor = ({ endpoint }: AwsDouble) => ({ ...clientOptions, ...localCredentials, endpoint });

function endWithTest(client: { destroy(): void }, service: AwsDouble): void {
  onTestFinished(async () => {
    client.destroy();
    await service.close();
  });
}

/** DynamoDB with the product's tables, for one test, and every call so far, which the test may empty. */
export async function dynamoDb() {
  const calls: AwsCall[] = [];
  const service = await startDynamoDb(temporaryFolder(), (call) => calls.push(call));
  const client = new DynamoDBClient(optionsFor(service));
  endWithTest(client, service);
  await createMissingTables(client);
  calls.length = 0;
  const tables = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const itemsOf = async (table: TableName) => {
    const { Items = [] } = await tables.send(new ScanCommand({ TableName: resourceNames.tables[table] }));
    return Items;
  };
  return { service, tables, names: resourceNames.tables, itemsOf, calls };
}

/** KMS without a key, for one test. */
export async function kms() {
  const service = await startKms(temporaryFolder());
  const client = new KMSClient(optionsFor(service));
  endWithTest(client, service);
  return { service, client };
}

/** Secrets Manager without a secret, for one test. */
export async function secretsManager() {
  const service = await startSecretsManager(temporaryFolder());
  const client = new SecretsManagerClient(optionsFor(service));
  endWithTest(client, service);
  return { service, client };
}

/**
 * Lets DynamoDB leave the last part of the next batches undone, as it does when a partition is busy. (dynalite never
 * does, so it is not shown the last part.)
 */
export function leaveUndone(tables: DynamoDBDocumentClient, most: number): { times: number } {
  const left = { times: 0 };
  tables.middlewareStack.add(
    (next) => async (args) => {
      const { input } = args;
      if (left.times >= most || !('RequestItems' in input)) return next(args);
      left.times += 1;
      const [[table = '', whole] = []] = Object.entries(input.RequestItems ?? {});
      if (Array.isArray(whole)) {
        const answer = await next({
          ...args,
          input: { ...input, RequestItems: { [table]: allButLast(whole) } },
        });
        Object.assign(answer.output, { UnprocessedItems: { [table]: whole.slice(-1) } });
        return answer;
      }
      const keys = whole?.Keys ?? [];
      const part = { [table]: { ...whole, Keys: allButLast(keys) } };
      const answer = await next({ ...args, input: { ...input, RequestItems: part } });
      Object.assign(answer.output, { UnprocessedKeys: { [table]: { ...whole, Keys: keys.slice(-1) } } });
      return answer;
    },
    { step: 'initialize' },
  );
  return left;
}

/** A batch must not be empty: of one, the one. */
function allButLast<Part>(parts: Part[]): Part[] {
  return parts.length > 1 ? parts.slice(0, -1) : parts;
}
