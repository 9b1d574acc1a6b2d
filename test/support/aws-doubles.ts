import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { onTestFinished } from 'vitest';
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

/** DynamoDB with the product's tables, for one test. */
export async function dynamoDb() {
  const service = await startDynamoDb(temporaryFolder());
  const client = new DynamoDBClient(optionsFor(service));
  endWithTest(client, service);
  await createMissingTables(client);
  const tables = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const itemsOf = async (table: TableName) => {
    const { Items = [] } = await tables.send(new ScanCommand({ TableName: resourceNames.tables[table] }));
    return Items;
  };
  return { service, tables, names: resourceNames.tables, itemsOf };
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
