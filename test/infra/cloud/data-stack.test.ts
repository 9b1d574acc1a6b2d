import { describe, expect, it } from 'vitest';
import { DataStack } from '../../../infra/cloud/data-stack.ts';
import { emptyApp, resourcesOf, synthesise } from '../../support/cloud.ts';

const { data, service } = synthesise();

describe('every table', () => {
  const all = Object.values(resourcesOf(data, 'AWS::DynamoDB::GlobalTable'));

  it.each(all)('$Properties.TableName can be restored, and not be deleted by mistake', ({ Properties }) => {
    expect(Properties).toMatchObject({
      Replicas: [
        {
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      ],
    });
  });

  it.each(all)(
    '$Properties.TableName is encrypted with the key that AWS manages, and paid by use',
    (table) => {
      expect(table.Properties).toMatchObject({
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        BillingMode: 'PAY_PER_REQUEST',
      });
      expect(JSON.stringify(table.Properties)).not.toContain('KMSMasterKeyId');
    },
  );

  it.each(all)('$Properties.TableName lets nobody in but by the rights of a role', ({ Properties }) => {
    expect(JSON.stringify(Properties)).not.toContain('ResourcePolicy');
  });

  it('is there: logins, grants, mailboxes, messages, changes and usage', () => {
    expect(all.map(({ Properties }) => Properties)).toMatchObject([
      {
        TableName: 'gmail-offline-access-prod-logins',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byAccount',
            KeySchema: [{ AttributeName: 'accountId', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      },
      {
        TableName: 'gmail-offline-access-prod-grants',
        KeySchema: [{ AttributeName: 'accountId', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byOwner',
            KeySchema: [
              { AttributeName: 'owner', KeyType: 'HASH' },
              { AttributeName: 'accountId', KeyType: 'RANGE' },
            ],
            Projection: {
              ProjectionType: 'INCLUDE',
              NonKeyAttributes: ['generation', 'status', 'email', 'scopes', 'connectedAt'],
            },
          },
          {
            IndexName: 'byEmail',
            KeySchema: [
              { AttributeName: 'emailKey', KeyType: 'HASH' },
              { AttributeName: 'accountId', KeyType: 'RANGE' },
            ],
            Projection: {
              ProjectionType: 'INCLUDE',
              NonKeyAttributes: ['generation', 'status', 'email', 'owner', 'scopes', 'connectedAt'],
            },
          },
        ],
      },
      {
        TableName: 'gmail-offline-access-prod-mailboxes',
        KeySchema: [{ AttributeName: 'accountId', KeyType: 'HASH' }],
        AttributeDefinitions: expect.arrayContaining([
          { AttributeName: 'dueKey', AttributeType: 'S' },
          { AttributeName: 'nextDueAt', AttributeType: 'N' },
        ]),
        GlobalSecondaryIndexes: [
          {
            IndexName: 'due',
            KeySchema: [
              { AttributeName: 'dueKey', KeyType: 'HASH' },
              { AttributeName: 'nextDueAt', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['generation', 'wants', 'spends'] },
          },
        ],
      },
      {
        TableName: 'gmail-offline-access-prod-messages',
        KeySchema: [
          { AttributeName: 'mailbox', KeyType: 'HASH' },
          { AttributeName: 'messageId', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byDate',
            KeySchema: [
              { AttributeName: 'mailbox', KeyType: 'HASH' },
              { AttributeName: 'dateKey', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      },
      {
        TableName: 'gmail-offline-access-prod-changes',
        KeySchema: [
          { AttributeName: 'feed', KeyType: 'HASH' },
          { AttributeName: 'position', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
      {
        TableName: 'gmail-offline-access-prod-usage',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    ]);
  });
});

describe('the token key', () => {
  const [key] = Object.values(resourcesOf(data, 'AWS::KMS::Key'));

  it('is rotated', () => {
    expect(key?.Properties).toMatchObject({ EnableKeyRotation: true });
  });

  it('encrypts nothing but tokens', () => {
    const [id = 'none'] = Object.keys(resourcesOf(data, 'AWS::KMS::Key'));
    const users = Object.entries(data.Resources).filter(([, resource]) =>
      JSON.stringify(resource).includes(id),
    );
    expect(users.map(([, { Type }]) => Type)).toEqual(['AWS::KMS::Alias']);
  });
});

it('makes the client secret without a value', () => {
  const secrets = Object.values(resourcesOf(data, 'AWS::SecretsManager::Secret'));
  expect(secrets.map(({ Properties }) => Properties)).toContainEqual({
    Name: 'gmail-offline-access/prod/client-secret',
    Description: 'The client_secret.json of the Google OAuth client, unchanged',
  });
});

describe('the exports', () => {
  const exported = Object.values(data.Outputs).map((output) => output.Export?.Name);

  it('hold all that the service stack imports', () => {
    const imported = JSON.stringify(service).matchAll(/"Fn::ImportValue":"([^"]+)"/g);
    expect(new Set([...imported].map(([, name]) => name))).toEqual(new Set(exported));
  });

  it('stay when no other stack reads them any more', () => {
    const app = emptyApp();
    new DataStack(app, 'Data', { stage: 'prod' });
    expect(app.synth().getStackArtifact('Data').template).toEqual(data);
  });
});

it('is protected against being deleted as a stack', () => {
  expect(new DataStack(emptyApp(), 'Data', { stage: 'prod' }).terminationProtection).toBe(true);
});
