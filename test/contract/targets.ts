import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DeleteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { readClientSecret } from '../../infra/local/client-secret.ts';
import { tables } from '../../infra/tables.ts';
import { type Config, readConfig } from '../../lambdas/config.ts';
import { startAwsDoubles, startGoogleDouble } from './doubles.ts';

/** Where Google's services lie, under the names of our configuration. */
export type GoogleAddresses = Config<
  | 'googleIssuer'
  | 'authorizationEndpoint'
  | 'tokenEndpoint'
  | 'revocationEndpoint'
  | 'userinfoEndpoint'
  | 'gmailRootUrl'
>;

/** The Google that the contract is held against. */
export interface GoogleTarget {
  readonly addresses: GoogleAddresses;
  readonly client: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly redirectUris: readonly string[];
  };
  /** Of a grant with `openid email profile` and `gmail.readonly`, to a mailbox with a message at least. */
  readonly refreshToken: string;
  /** A code that nobody has exchanged, and the redirect URI with which it was asked for, where there is one. */
  readonly unusedCode?: { readonly code: string; readonly redirectUri: string };
  close(): Promise<void>;
}

/** The AWS that the contract is held against. */
export interface AwsTarget {
  readonly dynamodb: DynamoDBDocumentClient;
  /** A table of the shape of `logins` in `infra/tables.ts`. */
  readonly tableName: string;
  readonly kms: KMSClient;
  /** A symmetric key. */
  readonly keyId: string;
  readonly secretsManager: SecretsManagerClient;
  readonly sqs: SQSClient;
  readonly eventBridge: EventBridgeClient;
  readonly busName: string;
  /** Gives the key of an item that the test may write. */
  newItemId(): string;
  /** Gives the name of a secret that the test may create. */
  newSecretName(): string;
  /** Creates a FIFO queue and returns its URL. */
  newQueue(attributes?: Readonly<Record<string, string>>): Promise<string>;
  /** Waits, or moves the clock of the embedded queues. */
  pass(milliseconds: number): Promise<void>;
  /** Removes every item, secret and queue of the test. */
  close(): Promise<void>;
}

/**
 * Google itself where the environment gives a refresh token and the file of the client it belongs to; else the
 * local Google, started for the test.
 *
 * @throws Error naming the variable that is missing beside the other
 */
export async function googleTarget(): Promise<GoogleTarget> {
  const addresses = readConfig(
    {},
    'googleIssuer',
    'authorizationEndpoint',
    'tokenEndpoint',
    'revocationEndpoint',
    'userinfoEndpoint',
    'gmailRootUrl',
  );
  const file = process.env['CONTRACT_GOOGLE_CLIENT_SECRET_FILE'];
  if (!process.env['CONTRACT_GOOGLE_REFRESH_TOKEN'] && !file) return startGoogleDouble(addresses);
  const client = readClientSecret(required('CONTRACT_GOOGLE_CLIENT_SECRET_FILE'));
  const refreshToken = required('CONTRACT_GOOGLE_REFRESH_TOKEN');
  const code = process.env['CONTRACT_GOOGLE_CODE'];
  const redirectUri = 'https://developers.google.com/oauthplayground';
  return {
    ...{ addresses, client, refreshToken, close: async () => {} },
    ...(code && { unusedCode: { code, redirectUri } }),
  };
}

/**
 * AWS itself where `CONTRACT_AWS=1`, in the account and region that the SDK finds by itself; else the embedded
 * services, started for the test.
 *
 * @throws Error naming a variable that is missing
 */
export async function awsTarget(): Promise<AwsTarget> {
  if (process.env['CONTRACT_AWS'] !== '1') {
    return joinAws({
      ...(await startAwsDoubles()),
      removeSecret: async () => {},
      removeQueue: async () => {},
    });
  }
  const secretsManager = new SecretsManagerClient();
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
  return joinAws({
    dynamodb: new DynamoDBClient(),
    tableName: required('CONTRACT_AWS_TABLE'),
    kms: new KMSClient(),
    keyId: required('CONTRACT_AWS_KEY'),
    secretsManager,
    secretPrefix: required('CONTRACT_AWS_SECRET_PREFIX'),
    sqs,
    queuePrefix: required('CONTRACT_AWS_QUEUE_PREFIX'),
    eventBridge: new EventBridgeClient(),
    busName: required('CONTRACT_AWS_BUS'),
    removeSecret: async (name) => {
      await secretsManager.send(
        new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }),
      );
    },
    removeQueue: async (url) => {
      await sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    },
    pass: (milliseconds) => sleep(milliseconds),
    close: async () => {},
  });
}

/** What the embedded services and AWS itself differ in. */
interface AwsParts {
  readonly dynamodb: DynamoDBClient;
  readonly tableName: string;
  readonly kms: KMSClient;
  readonly keyId: string;
  readonly secretsManager: SecretsManagerClient;
  readonly secretPrefix: string;
  readonly sqs: SQSClient;
  readonly queuePrefix: string;
  readonly eventBridge: EventBridgeClient;
  readonly busName: string;
  removeSecret(name: string): Promise<void>;
  removeQueue(url: string): Promise<void>;
  pass(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

/** A queue can be used this long after its creation (CreateQueue in the SQS API reference). */
const queueCreation = 1_000;

function joinAws(all: AwsParts): AwsTarget {
  const { removeSecret, removeQueue, close, secretPrefix, queuePrefix, ...parts } = all;
  const dynamodb = DynamoDBDocumentClient.from(parts.dynamodb, {
    marshallOptions: { removeUndefinedValues: true },
  });
  const removeItem = async (id: string) => {
    const key = { [tables.logins.partitionKey]: id };
    await dynamodb.send(new DeleteCommand({ TableName: parts.tableName, Key: key }));
  };
  const itemIds: string[] = [];
  const secretNames: string[] = [];
  const queueUrls: string[] = [];
  const noted = (names: string[], name: string) => {
    names.push(name);
    return name;
  };
  return {
    ...parts,
    dynamodb,
    newItemId: () => noted(itemIds, `contract#${randomUUID()}`),
    newSecretName: () => noted(secretNames, `${secretPrefix}${randomUUID()}`),
    newQueue: async (attributes) => {
      const { QueueUrl = '' } = await parts.sqs.send(
        new CreateQueueCommand({
          QueueName: `${queuePrefix}${randomUUID()}.fifo`,
          Attributes: { FifoQueue: 'true', ...attributes },
        }),
      );
      noted(queueUrls, QueueUrl);
      await parts.pass(queueCreation);
      return QueueUrl;
    },
    close: async () => {
      const left = [
        ...(await namesLeft(itemIds, removeItem)),
        ...(await namesLeft(secretNames, removeSecret)),
        ...(await namesLeft(queueUrls, removeQueue)),
      ];
      const { kms, secretsManager, sqs, eventBridge } = parts;
      for (const client of [parts.dynamodb, kms, secretsManager, sqs, eventBridge]) client.destroy();
      await close();
      if (left.length > 0)
        throw new Error(`These could not be removed, remove them by hand: ${left.join('; ')}`);
    },
  };
}

async function namesLeft(
  names: readonly string[],
  remove: (name: string) => Promise<void>,
): Promise<string[]> {
  const left = names.map((name) =>
    remove(name).then(
      () => [],
      (error: unknown) => [`${name} (${error})`],
    ),
  );
  return (await Promise.all(left)).flat();
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is missing: see test/contract/README.md`);
  return value;
}
