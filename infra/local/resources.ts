import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  KMSClient,
  NotFoundException,
} from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { type TableName, type TableShape, tables } from '../tables.ts';
import { StartError } from './start-error.ts';

/** How the AWS services in use are reached, whoever runs them. */
export interface AwsAccess {
  readonly dynamodbEndpoint: string;
  readonly kmsEndpoint: string;
  readonly secretsManagerEndpoint: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** The names of what the functions use. */
export const resourceNames = {
  tables: Object.fromEntries(
    Object.keys(tables).map((name) => [name, `gmail-offline-access-${name}`]),
  ) as Readonly<Record<TableName, string>>,
  tokenKey: 'alias/gmail-offline-access',
  clientSecretId: 'gmail-offline-access/client-secret',
};

/**
 * Creates the tables, the key and the secret that are missing, and stores the client secret in force.
 *
 * @throws StartError naming the service that does not answer as it should
 */
export async function createMissingResources(access: AwsAccess, clientSecretText: string): Promise<void> {
  const { region, credentials } = access;
  const client = (endpoint: string) => ({ endpoint, region, credentials });
  const dynamodb = new DynamoDBClient(client(access.dynamodbEndpoint));
  const kms = new KMSClient(client(access.kmsEndpoint));
  const secretsManager = new SecretsManagerClient(client(access.secretsManagerEndpoint));
  try {
    await Promise.all([
      explain('DynamoDB', access.dynamodbEndpoint, createMissingTables(dynamodb)),
      explain('KMS', access.kmsEndpoint, createMissingKey(kms)),
      explain(
        'Secrets Manager',
        access.secretsManagerEndpoint,
        storeSecret(secretsManager, clientSecretText),
      ),
    ]);
  } finally {
    for (const used of [dynamodb, kms, secretsManager]) used.destroy();
  }
}

/** Creates the tables that are missing, and waits until all can be used. */
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

function createTable(tableName: string, { partitionKey, indexes }: TableShape): CreateTableCommand {
  const byIndex = Object.entries(indexes).map(([indexName, index]) => ({ indexName, ...index }));
  const attributes = new Set([partitionKey, ...byIndex.map((index) => index.partitionKey)]);
  return new CreateTableCommand({
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [...attributes].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: [{ AttributeName: partitionKey, KeyType: 'HASH' }],
    ...(byIndex.length > 0 && {
      GlobalSecondaryIndexes: byIndex.map((index) => ({
        IndexName: index.indexName,
        KeySchema: [{ AttributeName: index.partitionKey, KeyType: 'HASH' as const }],
        Projection: { ProjectionType: 'KEYS_ONLY' as const },
      })),
    }),
  });
}

async function createMissingKey(kms: KMSClient): Promise<void> {
  try {
    await kms.send(new DescribeKeyCommand({ KeyId: resourceNames.tokenKey }));
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    await kms.send(
      new CreateAliasCommand({ AliasName: resourceNames.tokenKey, TargetKeyId: KeyMetadata?.KeyId }),
    );
  }
}

async function storeSecret(secretsManager: SecretsManagerClient, text: string): Promise<void> {
  const name = resourceNames.clientSecretId;
  try {
    await secretsManager.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await secretsManager.send(new CreateSecretCommand({ Name: name, SecretString: text }));
  }
}

async function explain(service: string, endpoint: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new StartError(`${service} at ${endpoint} does not answer as it should (${reason})`);
  }
}
