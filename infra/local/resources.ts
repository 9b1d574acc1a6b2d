import { randomBytes } from 'node:crypto';
import {
  CreateTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  type Projection,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DescribeKeyCommand,
  KMSClient,
  NotFoundException,
} from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { namesOf } from '../names.ts';
import { type IndexShape, type KeyShape, type TableName, type TableShape, tables } from '../tables.ts';
import { StartError } from './start-error.ts';

/** How to reach the AWS services in use, embedded or external. */
export interface AwsAccess {
  readonly dynamodbEndpoint: string;
  readonly kmsEndpoint: string;
  readonly secretsManagerEndpoint: string;
  readonly sqsEndpoint: string;
  readonly eventBridgeEndpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** The names of the functions' resources. */
export const resourceNames = {
  ...namesOf(),
  dpopKey: 'alias/gmail-offline-access-dpop',
  /** The dead-letter queue. */
  deadQueue: 'gmail-offline-access-sync-dead.fifo',
};

/** Longer than a function may run here (29 s), so that no second worker receives a message in progress. */
const visibilitySeconds = 30;

/** How often a message is received before it goes to the dead-letter queue. */
const maxReceiveCount = 5;

/**
 * Creates the missing tables, keys, secrets and queues, and stores the client secret in use.
 *
 * @returns the sync queue's URL
 * @throws StartError naming the service that does not answer as expected
 */
export async function createMissingResources(
  access: AwsAccess,
  clientSecretText: string,
  dpop: 'off' | 'on',
): Promise<string> {
  const { region, credentials } = access;
  const client = (endpoint: string) => ({ endpoint, region, credentials });
  const dynamodb = new DynamoDBClient(client(access.dynamodbEndpoint));
  const kms = new KMSClient(client(access.kmsEndpoint));
  const secretsManager = new SecretsManagerClient(client(access.secretsManagerEndpoint));
  const sqs = new SQSClient({ ...client(access.sqsEndpoint), useQueueUrlAsEndpoint: false });
  try {
    const [queueUrl] = await Promise.all([
      explain('SQS', access.sqsEndpoint, createMissingQueues(sqs)),
      explain('DynamoDB', access.dynamodbEndpoint, createMissingTables(dynamodb)),
      explain('KMS', access.kmsEndpoint, createMissingKeys(kms, dpop)),
      explain(
        'Secrets Manager',
        access.secretsManagerEndpoint,
        storeSecrets(secretsManager, clientSecretText),
      ),
    ]);
    return queueUrl;
  } finally {
    for (const used of [dynamodb, kms, secretsManager, sqs]) used.destroy();
  }
}

/** Creates the missing tables, and waits until all are active. */
export async function createMissingTables(dynamodb: DynamoDBClient): Promise<void> {
  await Promise.all(
    Object.entries(tables).map(async ([name, shape]) => {
      const tableName = resourceNames.tables[name as TableName];
      await dynamodb.send(createTable(tableName, shape)).catch((error: unknown) => {
        if (!(error instanceof ResourceInUseException)) throw error;
      });
      await waitUntilTableExists(
        { client: dynamodb, minDelay: 0.01, maxDelay: 1, maxWaitTime: 30 },
        { TableName: tableName },
      );
    }),
  );
}

function createTable(tableName: string, table: TableShape): CreateTableCommand {
  const indexes = Object.entries(table.indexes);
  const types = new Map([table, ...Object.values(table.indexes)].flatMap(keyTypes));
  return new CreateTableCommand({
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: keySchema(table),
    ...(indexes.length > 0 && {
      GlobalSecondaryIndexes: indexes.map(([IndexName, index]) => ({
        IndexName,
        KeySchema: keySchema(index),
        Projection: projection(index),
      })),
    }),
  });
}

function keyTypes({ partitionKey, sortKey }: KeyShape): [name: string, type: 'S' | 'N'][] {
  return [[partitionKey, 'S'], ...(sortKey ? [[sortKey.name, sortKey.type] as [string, 'S' | 'N']] : [])];
}

function keySchema({ partitionKey, sortKey }: KeyShape): KeySchemaElement[] {
  return [
    { AttributeName: partitionKey, KeyType: 'HASH' },
    ...(sortKey ? [{ AttributeName: sortKey.name, KeyType: 'RANGE' as const }] : []),
  ];
}

function projection({ projection: projected }: IndexShape): Projection {
  if (projected === 'keys') return { ProjectionType: 'KEYS_ONLY' };
  if (projected === 'all') return { ProjectionType: 'ALL' };
  return { ProjectionType: 'INCLUDE', NonKeyAttributes: [...projected] };
}

/** @returns the sync queue's URL */
async function createMissingQueues(sqs: SQSClient): Promise<string> {
  const deadUrl = await createMissingQueue(sqs, resourceNames.deadQueue, {});
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadUrl, AttributeNames: ['QueueArn'] }),
  );
  return createMissingQueue(sqs, resourceNames.syncQueue, {
    VisibilityTimeout: String(visibilitySeconds),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount }),
  });
}

async function createMissingQueue(
  sqs: SQSClient,
  name: string,
  attributes: Readonly<Record<string, string>>,
): Promise<string> {
  try {
    return urlOf(await sqs.send(new GetQueueUrlCommand({ QueueName: name })));
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error;
    const Attributes = { FifoQueue: 'true', ...attributes };
    return urlOf(await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes })));
  }
}

function urlOf({ QueueUrl }: { readonly QueueUrl?: string | undefined }): string {
  if (QueueUrl === undefined) throw new Error('it names no queue URL');
  return QueueUrl;
}

async function createMissingKeys(kms: KMSClient, dpop: 'off' | 'on'): Promise<void> {
  await createMissingKey(kms, resourceNames.settings.tokenKey, {});
  if (dpop === 'off') return;
  await createMissingKey(kms, resourceNames.dpopKey, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
}

async function createMissingKey(kms: KMSClient, alias: string, kind: CreateKeyCommandInput): Promise<void> {
  try {
    await kms.send(new DescribeKeyCommand({ KeyId: alias }));
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
    const { KeyMetadata } = await kms.send(new CreateKeyCommand(kind));
    await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }));
  }
}

async function storeSecrets(secretsManager: SecretsManagerClient, clientSecretText: string): Promise<void> {
  await createMissingSecret(
    secretsManager,
    resourceNames.settings.loginKey,
    randomBytes(48).toString('base64'),
  );
  const client = { SecretId: resourceNames.settings.clientSecretId, SecretString: clientSecretText };
  await createMissingSecret(secretsManager, client.SecretId, client.SecretString);
  await secretsManager.send(new PutSecretValueCommand(client));
}

async function createMissingSecret(
  secretsManager: SecretsManagerClient,
  name: string,
  text: string,
): Promise<void> {
  try {
    await secretsManager.send(new CreateSecretCommand({ Name: name, SecretString: text }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
  }
}

async function explain<Result>(service: string, endpoint: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new StartError(`${service} at ${endpoint} does not answer as it should (${reason})`);
  }
}
