import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, inject, onTestFinished, test } from 'vitest';
import { startDynamoDb } from '../../../infra/local/aws/dynamodb.ts';
import { startEventBridge } from '../../../infra/local/aws/eventbridge.ts';
import { startKms } from '../../../infra/local/aws/kms.ts';
import { startSecretsManager } from '../../../infra/local/aws/secrets-manager.ts';
import { startSqs } from '../../../infra/local/aws/sqs.ts';
import {
  type AwsCall,
  type BusEvent,
  type LocalAws,
  type LocalEnvironmentOptions,
  startLocalEnvironment,
} from '../../../infra/local/environment.ts';
import { createChangesTable } from '../../../lambdas/aws/changes-table.ts';
import { changeAt } from '../../lambdas/changes/changes.ts';
import { freePort } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function start(options: Partial<LocalEnvironmentOptions> = {}) {
  const environment = await startLocalEnvironment({
    port: 0,
    googlePort: 0,
    dataFolder: temporaryFolder(),
    demoMessages: 3,
    sync: false,
    bundles: inject('bundles'),
    ...options,
  });
  onTestFinished(() => environment.close());
  return environment;
}

async function storedSecret({ secretsManagerEndpoint, region, credentials, clientSecretId }: LocalAws) {
  const client = new SecretsManagerClient({ endpoint: secretsManagerEndpoint, region, credentials });
  onTestFinished(() => client.destroy());
  return (await client.send(new GetSecretValueCommand({ SecretId: clientSecretId }))).SecretString ?? '';
}

function kmsClient({ kmsEndpoint, region, credentials }: LocalAws): KMSClient {
  const client = new KMSClient({ endpoint: kmsEndpoint, region, credentials });
  onTestFinished(() => client.destroy());
  return client;
}

async function loginTarget(origin: string): Promise<URL> {
  const response = await fetch(`${origin}/auth/login`, { redirect: 'manual' });
  return new URL(response.headers.get('location') ?? '');
}

/** A server on loopback that stands before another, and can answer some paths itself. */
async function startProxy(target: () => string, answers: Readonly<Record<string, string>> = {}) {
  const server = createServer(async (request, response) => {
    const own = answers[request.url ?? ''];
    if (own !== undefined) return response.end(own);
    const answer = await fetch(`${target()}${request.url}`);
    return response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientSecretFile(web: object = {}): string {
  const file = join(temporaryFolder(), 'client_secret.json');
  const content = { web: { client_id: 'real-client', client_secret: 'real-secret', ...web } };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

test('the site answers with nothing configured, from bundles that it makes', async () => {
  const { origin, google } = await start({ bundles: undefined });
  expect(origin).toMatch(/^http:\/\/localhost:\d+$/);
  expect((await fetch(`${origin}/`)).status).toBe(200);
  expect((await fetch(`${origin}/mailbox`)).status).toBe(401);
  const target = await loginTarget(origin);
  expect(target.origin).toBe(google?.origin);
  expect(target.searchParams.get('redirect_uri')).toBe(`${origin}/auth/callback`);
});

test('a function that could not be bundled is bundled at the next request', async () => {
  const dataFolder = temporaryFolder();
  const { origin } = await start({ bundles: undefined, dataFolder });
  const inTheWay = join(dataFolder, 'bundles', 'page');
  mkdirSync(dirname(inTheWay), { recursive: true });
  writeFileSync(inTheWay, '');
  expect((await fetch(origin)).status).toBe(500);
  rmSync(inTheWay);
  expect((await fetch(origin)).status).toBe(200);
});

test('tables, key and secret are there, and the secret is the local Google’s client', async () => {
  const dataFolder = temporaryFolder();
  const { origin, aws, google, registeredRedirectUris } = await start({ dataFolder });
  const dynamodb = new DynamoDBClient({ ...aws, endpoint: aws.dynamodbEndpoint });
  onTestFinished(() => dynamodb.destroy());
  const { TableNames } = await dynamodb.send(new ListTablesCommand({}));
  expect(TableNames).toEqual([
    'gmail-offline-access-changes',
    'gmail-offline-access-grants',
    'gmail-offline-access-logins',
    'gmail-offline-access-mailboxes',
    'gmail-offline-access-messages',
    'gmail-offline-access-usage',
  ]);
  expect(TableNames).toEqual(expect.arrayContaining(Object.values(aws.tableNames)));

  const secret = await storedSecret(aws);
  const file = join(dataFolder, 'client_secret.json');
  expect(secret).toBe(readFileSync(file, 'utf8'));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(secret)).toEqual({
    web: {
      client_id: expect.stringMatching(/^\d{12}-[0-9a-f]{32}\.apps\.googleusercontent\.com$/),
      project_id: 'local',
      auth_uri: expect.stringContaining(`${google?.origin}/`),
      token_uri: expect.stringContaining(`${google?.origin}/`),
      client_secret: expect.stringMatching(/^GOCSPX-[\w-]{28}$/),
      redirect_uris: [`${origin}/auth/callback`],
    },
  });
  expect(registeredRedirectUris).toEqual([`${origin}/auth/callback`]);
});

test('a restart keeps client, key and data, though the ports may change', async () => {
  const dataFolder = temporaryFolder();
  const before = await start({ dataFolder });
  const EncryptionContext = { service: 'test' };
  const { CiphertextBlob } = await kmsClient(before.aws).send(
    new EncryptCommand({ KeyId: before.aws.tokenKey, Plaintext: Buffer.from('x'), EncryptionContext }),
  );
  const { client_id, client_secret } = JSON.parse(await storedSecret(before.aws)).web;
  await before.close();
  await expect(fetch(before.origin)).rejects.toThrow();
  await expect(fetch(before.google?.origin ?? '')).rejects.toThrow();

  const { aws, origin } = await start({ dataFolder });
  const { Plaintext } = await kmsClient(aws).send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  expect(Buffer.from(Plaintext ?? []).toString()).toBe('x');
  expect(JSON.parse(await storedSecret(aws)).web).toMatchObject({
    client_id,
    client_secret,
    redirect_uris: [`${origin}/auth/callback`],
  });
});

test('a data folder serves one environment at a time', async () => {
  const dataFolder = temporaryFolder();
  await start({ dataFolder });
  await expect(start({ dataFolder })).rejects.toThrow(/is in use by another process/);
});

test('the scopes that are set are the scopes that are asked for', async () => {
  const scopes = 'openid https://www.googleapis.com/auth/gmail.metadata';
  const { origin } = await start({ scopes });
  expect((await loginTarget(origin)).searchParams.get('scope')).toBe(scopes);
});

test('with a client secret file the real Google is meant, and no local one is started', async () => {
  const file = clientSecretFile({ redirect_uris: ['https://elsewhere.example/cb'] });
  const { origin, google, aws, registeredRedirectUris } = await start({ clientSecretFile: file });
  expect(google).toBeUndefined();
  expect(registeredRedirectUris).toEqual(['https://elsewhere.example/cb']);
  expect(await storedSecret(aws)).toBe(readFileSync(file, 'utf8'));
  const target = await loginTarget(origin);
  expect(target.origin).toBe('https://accounts.google.com');
  expect(target.searchParams.get('client_id')).toBe('real-client');
});

test.each([
  ['missing', undefined, /does not exist/],
  ['no JSON', 'nonsense', /is not the client secret file/],
  ['for a desktop client', '{"installed":{"client_id":"a","client_secret":"b"}}', /Web application/],
])('a client secret file that is %s is named in one line', async (_, content, message) => {
  const file = join(temporaryFolder(), 'client_secret.json');
  if (content !== undefined) writeFileSync(file, content);
  const failed = start({ clientSecretFile: file });
  await expect(failed).rejects.toThrow(message);
  await expect(failed).rejects.toThrow(file);
  await expect(failed).rejects.toThrow(/^[^\n]*$/);
});

test('another issuer’s addresses come from its discovery document, the client from the file', async () => {
  const issuer = await startProxy(() => '', {
    '/.well-known/openid-configuration': JSON.stringify({
      issuer: 'http://127.0.0.1:9',
      authorization_endpoint: 'http://127.0.0.1:9/authorize',
      token_endpoint: 'http://127.0.0.1:9/token',
      revocation_endpoint: 'http://127.0.0.1:9/revoke',
      userinfo_endpoint: 'http://127.0.0.1:9/userinfo',
      jwks_uri: 'http://127.0.0.1:9/keys',
    }),
  });
  const file = clientSecretFile();
  const { origin, aws, google } = await start({ googleIssuer: issuer, clientSecretFile: file });
  const target = await loginTarget(origin);
  expect(target.href).toMatch(/^http:\/\/127\.0\.0\.1:9\/authorize\?/);
  expect(target.searchParams.get('client_id')).toBe('real-client');
  expect(await storedSecret(aws)).toBe(readFileSync(file, 'utf8'));
  expect(google).toBeDefined();
});

test('an issuer that stands before the local Google goes with the local client', async () => {
  const port = await freePort();
  const proxy = await startProxy(() => `http://127.0.0.1:${port}`);
  const { origin, google, aws } = await start({ googlePort: port, googleIssuer: `${proxy}/` });
  expect(google?.origin).toBe(`http://127.0.0.1:${port}`);
  const { client_id } = JSON.parse(await storedSecret(aws)).web;
  expect((await loginTarget(origin)).searchParams.get('client_id')).toBe(client_id);
});

test('an issuer that does not answer, or names addresses elsewhere, is refused', async () => {
  await expect(start({ googleIssuer: 'http://127.0.0.1:9' })).rejects.toThrow(
    /^no OpenID issuer answers at http:\/\/127\.0\.0\.1:9\/\.well-known\/openid-configuration; .*$/,
  );
  const issuer = await startProxy(() => '', {
    '/.well-known/openid-configuration': JSON.stringify({
      issuer: 'http://127.0.0.1:9',
      authorization_endpoint: 'http://127.0.0.1:9/authorize',
      token_endpoint: 'https://elsewhere.example/token',
    }),
  });
  await expect(start({ googleIssuer: issuer })).rejects.toThrow(
    /is refused: token_endpoint, revocation_endpoint, userinfo_endpoint, jwks_uri must be an http:\/\/ address on loopback$/,
  );
});

test('a team’s own services are used instead, and what is missing there is created', async () => {
  const folder = temporaryFolder();
  const dynamodb = await startDynamoDb(join(folder, 'dynamodb'));
  const kms = await startKms(join(folder, 'kms'));
  const secretsManager = await startSecretsManager(join(folder, 'secrets'));
  const sqs = await startSqs(join(folder, 'sqs'));
  const eventBridge = await startEventBridge();
  onTestFinished(async () => {
    const services = [dynamodb, kms, secretsManager, sqs, eventBridge];
    await Promise.all(services.map((service) => service.close()));
  });
  const awsEndpoints = {
    dynamodb: dynamodb.endpoint,
    kms: kms.endpoint,
    secretsManager: secretsManager.endpoint,
    sqs: sqs.endpoint,
    eventBridge: eventBridge.endpoint,
  };
  const calls: AwsCall[] = [];
  for (const attempt of ['first', 'second']) {
    const environment = await startLocalEnvironment({
      port: 0,
      googlePort: 0,
      dataFolder: temporaryFolder(),
      demoMessages: 1,
      sync: false,
      bundles: inject('bundles'),
      awsEndpoints,
      onAwsCall: (call) => calls.push(call),
    });
    const login = await fetch(`${environment.origin}/auth/login`, { redirect: 'manual' });
    expect(`${attempt} ${login.status}`).toBe(`${attempt} 303`);
    expect(environment.aws).toMatchObject({
      dynamodbEndpoint: dynamodb.endpoint,
      kmsEndpoint: kms.endpoint,
      secretsManagerEndpoint: secretsManager.endpoint,
      sqsEndpoint: sqs.endpoint,
      eventBridgeEndpoint: eventBridge.endpoint,
      syncQueueUrl: `${sqs.endpoint}/000000000000/gmail-offline-access-sync.fifo`,
    });
    await environment.close();
  }
  expect(calls).toEqual([]);
});

/** The functions among the callers, each once. */
const callers = (calls: readonly AwsCall[]) => new Set(calls.map(({ functionName }) => functionName));

test('the schedules start the dispatcher at once and at each tick, and the sweep', async () => {
  const calls: AwsCall[] = [];
  await start({ sync: true, syncIntervalSeconds: 1, onAwsCall: (call) => calls.push(call) });
  await expect.poll(() => callers(calls)).toContain('sync-dispatch');
  await expect.poll(() => callers(calls)).toContain('sync-sweep');
  calls.length = 0;
  await expect.poll(() => callers(calls)).toContain('sync-dispatch');
});

test('what is in the queue reaches sync-mailbox, and leaves the queue', async () => {
  const calls: AwsCall[] = [];
  const { aws } = await start({ sync: true, onAwsCall: (call) => calls.push(call) });
  const sqs = new SQSClient({ ...aws, endpoint: aws.sqsEndpoint, useQueueUrlAsEndpoint: false });
  onTestFinished(() => sqs.destroy());
  const QueueUrl = aws.syncQueueUrl;
  const ended = { kind: 'erase', accountId: 'nobody', generation: 'ended', jobId: 'job-1' };
  const Entry = { Id: '0', MessageGroupId: ended.accountId, MessageDeduplicationId: ended.jobId };
  const Entries = [{ ...Entry, MessageBody: JSON.stringify(ended) }];
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  await expect
    .poll(async () => {
      const query = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
      const { Attributes } = await sqs.send(query);
      return [
        Attributes?.ApproximateNumberOfMessages,
        Attributes?.ApproximateNumberOfMessagesNotVisible,
        callers(calls).has('sync-mailbox'),
      ];
    })
    .toEqual(['0', '0', true]);
});

test('without the sync nothing starts by itself, but a tick and any function do when asked', async () => {
  const calls: AwsCall[] = [];
  const { tick, invoke, setClockOffset } = await start({
    syncIntervalSeconds: 1,
    onAwsCall: (call) => calls.push(call),
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect([...callers(calls)]).toEqual([undefined]);
  await tick();
  expect(callers(calls)).toContain('sync-dispatch');
  const calledAt = (moment: string) => calls.some(({ input }) => JSON.stringify(input).includes(moment));
  const moment = Date.UTC(2030, 0, 1);
  expect(calledAt(`${moment}`) || calledAt('2030-01-01')).toBe(false);
  setClockOffset(moment - Date.now());
  await tick(moment);
  expect(calledAt(`${moment}`) || calledAt('2030-01-01')).toBe(true);
  await invoke('sync-sweep', { scheduledTime: '2030-01-01T00:00:00Z' });
  expect(callers(calls)).toContain('sync-sweep');
});

test('the local Google’s quota has the minute of the sync, and its price list', async () => {
  const { google } = await start({ syncIntervalSeconds: 1, quotaProfile: 'legacy' });
  const quota = await (await fetch(`${google?.origin}/admin/quota`)).json();
  expect(quota).toMatchObject({ profile: 'legacy', minuteSeconds: 1, unitsPerUserMinute: 15_000 });
});

test('the publisher tells the embedded bus what stands in the feed, whatever fails there meanwhile', async () => {
  const told: BusEvent[] = [];
  const { aws, invoke } = await start({ onEvent: (event) => told.push(event) });
  const { dynamodbEndpoint: endpoint, region, credentials } = aws;
  const dynamodb = new DynamoDBClient({ endpoint, region, credentials });
  onTestFinished(() => dynamodb.destroy());
  const feed = createChangesTable(DynamoDBDocumentClient.from(dynamodb), aws.tableNames.changes);
  const at = Date.now() - 60_000;
  const change = changeAt(at, { type: 'paused', reason: 'grant_revoked' });
  await feed.append(change, 5_000);
  aws.failNext({ service: 'eventbridge', action: 'PutEvents', failure: { error: 'InternalException' } });
  const entries = { error: 'ThrottlingException', entries: [0] };
  aws.failNext({ service: 'eventbridge', action: 'PutEvents', failure: entries });
  await invoke('changes-publish', {});
  expect(aws.events()).toEqual(told);
  expect(told).toMatchObject([
    {
      source: 'gmail-offline-access',
      'detail-type': 'paused',
      detail: { type: 'paused', reason: 'grant_revoked', accountId: 'account-1', sequence: change.sequence },
    },
  ]);
  await invoke('changes-publish', {});
  expect(told).toHaveLength(1);
});

test('a service of one’s own that does not answer is named', async () => {
  const failed = start({ awsEndpoints: { kms: 'http://127.0.0.1:9' } });
  await expect(failed).rejects.toThrow(
    /^KMS at http:\/\/127\.0\.0\.1:9 does not answer as it should \(.*\)$/,
  );
});

test('a start that failed leaves nothing behind: the same folder and port work at once', async () => {
  const dataFolder = temporaryFolder();
  const port = await freePort();
  await expect(start({ dataFolder, port, googleIssuer: 'http://127.0.0.1:9' })).rejects.toThrow();
  const { origin } = await start({ dataFolder, port });
  expect(origin).toBe(`http://localhost:${port}`);
});
