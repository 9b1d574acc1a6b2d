import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startDynamoDb } from '../../infra/local/aws/dynamodb.ts';
import { startEventBridge } from '../../infra/local/aws/eventbridge.ts';
import { startKms } from '../../infra/local/aws/kms.ts';
import { startSecretsManager } from '../../infra/local/aws/secrets-manager.ts';
import { startSqs } from '../../infra/local/aws/sqs.ts';
import { startLocalGoogle } from '../../infra/local/google/google.ts';
import { createMissingTables, resourceNames } from '../../infra/local/resources.ts';
import { client, connect, consent } from '../infra/local/google/support.ts';
import { localCredentials } from '../support/local-credentials.ts';
import type { GoogleAddresses, GoogleTarget } from './targets.ts';

/** More than a page of a list holds. */
const demoMessages = 520;

/**
 * Starts the local Google and consents there once. Each of Google's addresses is taken to its origin, the path kept.
 */
export async function startGoogleDouble(googles: GoogleAddresses): Promise<GoogleTarget> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'contract-google-'));
  const { origin, close } = await startLocalGoogle({ port: 0, dataFolder, client, demoMessages });
  const here = (address: string) => address.replace(new URL(address).origin, origin);
  const { refreshToken } = await connect(origin);
  const code = (await consent(origin)).searchParams.get('code') ?? '';
  return {
    addresses: {
      googleIssuer: here(googles.googleIssuer),
      authorizationEndpoint: here(googles.authorizationEndpoint),
      tokenEndpoint: here(googles.tokenEndpoint),
      revocationEndpoint: here(googles.revocationEndpoint),
      userinfoEndpoint: here(googles.userinfoEndpoint),
      gmailRootUrl: here(googles.gmailRootUrl),
    },
    client,
    refreshToken,
    unusedCode: { code, redirectUri: client.redirectUris[0] },
    close: async () => {
      await close();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

/** Starts the embedded services, with the tables and a key. */
export async function startAwsDoubles() {
  const folder = mkdtempSync(join(tmpdir(), 'contract-aws-'));
  let passed = 0;
  const services = await Promise.all([
    startDynamoDb(join(folder, 'dynamodb')),
    startKms(join(folder, 'kms')),
    startSecretsManager(join(folder, 'secrets')),
    startSqs(join(folder, 'sqs'), undefined, () => Date.now() + passed),
    startEventBridge(),
  ]);
  const [tablesHere, keysHere, secretsHere, queuesHere, busHere] = services;
  const dynamodb = new DynamoDBClient({ ...localCredentials, endpoint: tablesHere.endpoint });
  const kms = new KMSClient({ ...localCredentials, endpoint: keysHere.endpoint });
  const secretsManager = new SecretsManagerClient({ ...localCredentials, endpoint: secretsHere.endpoint });
  const sqs = new SQSClient({
    ...localCredentials,
    endpoint: queuesHere.endpoint,
    useQueueUrlAsEndpoint: false,
  });
  const eventBridge = new EventBridgeClient({ ...localCredentials, endpoint: busHere.endpoint });
  await createMissingTables(dynamodb);
  const { KeyMetadata: key } = await kms.send(new CreateKeyCommand());
  return {
    dynamodb,
    tableName: resourceNames.tables.logins,
    kms,
    keyId: key?.Arn ?? '',
    secretsManager,
    secretPrefix: 'contract/',
    sqs,
    queuePrefix: 'contract-',
    eventBridge,
    busName: 'contract',
    pass: async (milliseconds: number) => {
      passed += milliseconds;
    },
    close: async () => {
      await Promise.all(services.map((service) => service.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
