import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand, InvalidCiphertextException } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AwsTarget, awsTarget } from './targets.ts';

/** What AWS brings into step by itself, it does within this time. */
const soon = { timeout: 20_000, interval: 500 };

let aws: AwsTarget;

beforeAll(async () => {
  aws = await awsTarget();
});
afterAll(() => aws?.close());

describe('KMS', () => {
  const context = { service: 'contract', accountId: '1', clientId: 'a client', tokenKind: 'refresh' };
  const plaintext = Buffer.from('1//a-refresh-token');

  async function encrypt(bytes: Uint8Array = plaintext): Promise<Uint8Array> {
    const { CiphertextBlob: ciphertext } = await aws.kms.send(
      new EncryptCommand({ KeyId: aws.keyId, Plaintext: bytes, EncryptionContext: context }),
    );
    return ciphertext ?? new Uint8Array();
  }

  async function decrypt(
    ciphertext: Uint8Array,
    encryptionContext: Record<string, string> = context,
  ): Promise<Buffer> {
    const { Plaintext: bytes } = await aws.kms.send(
      new DecryptCommand({
        KeyId: aws.keyId,
        CiphertextBlob: ciphertext,
        EncryptionContext: encryptionContext,
      }),
    );
    return Buffer.from(bytes ?? []);
  }

  test('decrypts with the same context, in whatever order', async () => {
    const ciphertext = await encrypt();
    expect(await decrypt(ciphertext)).toEqual(plaintext);
    const reversed = Object.fromEntries(Object.entries(context).reverse());
    expect(Object.keys(reversed)).not.toEqual(Object.keys(context));
    expect(await decrypt(ciphertext, reversed)).toEqual(plaintext);
  });

  test.each([
    ['another value', { ...context, accountId: '2' }],
    ['a pair too few', { service: 'contract', accountId: '1', clientId: 'a client' }],
    ['a pair too many', { ...context, more: 'x' }],
    ['no context', {}],
  ])('does not decrypt with %s', async (_, wrong) => {
    await expect(decrypt(await encrypt(), wrong)).rejects.toBeInstanceOf(InvalidCiphertextException);
  });

  test('does not decrypt when a bit was flipped', async () => {
    const flipped = Buffer.from(await encrypt());
    flipped.writeUInt8(flipped.readUInt8(flipped.length - 1) ^ 1, flipped.length - 1);
    await expect(decrypt(flipped)).rejects.toBeInstanceOf(InvalidCiphertextException);
  });

  test('gives another ciphertext each time', async () => {
    expect(await encrypt()).not.toEqual(await encrypt());
  });

  test('encrypts 4,096 bytes and refuses one more', async () => {
    const most = Buffer.alloc(4096, 'x');
    expect(await decrypt(await encrypt(most))).toEqual(most);
    await expect(encrypt(Buffer.alloc(4097, 'x'))).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('DynamoDB', () => {
  const put = (item: Record<string, unknown>, condition?: string) =>
    aws.dynamodb.send(
      new PutCommand({
        TableName: aws.tableName,
        Item: item,
        ...(condition && { ConditionExpression: condition }),
      }),
    );

  async function get(id: string): Promise<Record<string, unknown> | undefined> {
    const command = new GetCommand({ TableName: aws.tableName, Key: { id }, ConsistentRead: true });
    return (await aws.dynamodb.send(command)).Item;
  }

  const deleteIf = (id: string, browserHash: string) =>
    aws.dynamodb.send(
      new DeleteCommand({
        TableName: aws.tableName,
        Key: { id },
        ConditionExpression: 'browserHash = :browser',
        ExpressionAttributeValues: { ':browser': browserHash },
        ReturnValues: 'ALL_OLD',
      }),
    );

  test('a consistent read sees what was just written', async () => {
    const id = aws.newItemId();
    for (const written of [1, 2, 3]) {
      await put({ id, written });
      expect(await get(id)).toEqual({ id, written });
    }
  });

  test('a put whose condition fails changes nothing', async () => {
    const id = aws.newItemId();
    await put({ id, written: 1 }, 'attribute_not_exists(id)');
    const second = put({ id, written: 2 }, 'attribute_not_exists(id)');
    await expect(second).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    expect(await get(id)).toEqual({ id, written: 1 });
  });

  test('an update whose condition fails makes no item', async () => {
    const id = aws.newItemId();
    const update = aws.dynamodb.send(
      new UpdateCommand({
        TableName: aws.tableName,
        Key: { id },
        UpdateExpression: 'SET written = :written',
        ConditionExpression: 'attribute_exists(id)',
        ExpressionAttributeValues: { ':written': 1 },
      }),
    );
    await expect(update).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    expect(await get(id)).toBeUndefined();
  });

  test('a delete whose condition fails leaves the item, and one that holds gives it', async () => {
    const item = { id: aws.newItemId(), browserHash: 'this', returnTo: '/' };
    await put(item);
    await expect(deleteIf(item.id, 'another')).rejects.toBeInstanceOf(ConditionalCheckFailedException);
    expect(await get(item.id)).toEqual(item);
    const { Attributes: deleted } = await deleteIf(item.id, 'this');
    expect(deleted).toEqual(item);
    expect(await get(item.id)).toBeUndefined();
    await expect(deleteIf(item.id, 'this')).rejects.toBeInstanceOf(ConditionalCheckFailedException);
  });

  test('of several simultaneous conditional deletes exactly one succeeds', async () => {
    const item = { id: aws.newItemId(), browserHash: 'this' };
    await put(item);
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5].map(() => deleteIf(item.id, 'this')));
    const winners = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    const losers = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(winners.map(({ value }) => value.Attributes)).toEqual([item]);
    for (const { reason } of losers) expect(reason).toBeInstanceOf(ConditionalCheckFailedException);
  });

  test('attributes named by a reserved word are updated by a placeholder, and refused without one', async () => {
    const id = aws.newItemId();
    await put({ id, status: 'active', kept: true });
    const update = (name: string) =>
      aws.dynamodb.send(
        new UpdateCommand({
          TableName: aws.tableName,
          Key: { id },
          UpdateExpression: `SET ${name} = :next`,
          ConditionExpression: `${name} = :active`,
          ...(name.startsWith('#') && { ExpressionAttributeNames: { [name]: 'status' } }),
          ExpressionAttributeValues: { ':next': 'revoked', ':active': 'active' },
        }),
      );
    await expect(update('status')).rejects.toMatchObject({ name: 'ValidationException' });
    await update('#status');
    expect(await get(id)).toEqual({ id, status: 'revoked', kept: true });
  });

  test('bytes come back as bytes', async () => {
    const id = aws.newItemId();
    const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
    await put({ id, sealed: bytes });
    const sealed = (await get(id))?.['sealed'];
    expect(sealed).toBeInstanceOf(Uint8Array);
    expect(sealed).toEqual(bytes);
  });

  test('attributes without a value are left out', async () => {
    const id = aws.newItemId();
    await put({ id, accessToken: undefined });
    expect(await get(id)).toEqual({ id });
  });

  test('the index finds the items of one account, and no more of them than their keys', async () => {
    const [accountId, other] = [aws.newItemId(), aws.newItemId()];
    const ids = [aws.newItemId(), aws.newItemId()];
    for (const id of ids) await put({ id, accountId, generation: 'one' });
    await put({ id: aws.newItemId(), accountId: other, generation: 'one' });
    await vi.waitFor(async () => {
      const { Items: found = [] } = await aws.dynamodb.send(
        new QueryCommand({
          TableName: aws.tableName,
          IndexName: 'byAccount',
          KeyConditionExpression: 'accountId = :account',
          ExpressionAttributeValues: { ':account': accountId },
        }),
      );
      expect(found.toSorted((one, another) => (one['id'] < another['id'] ? -1 : 1))).toEqual(
        ids.toSorted().map((id) => ({ id, accountId })),
      );
    }, soon);
  });
});

describe('Secrets Manager', () => {
  const value = async (name: string) =>
    (await aws.secretsManager.send(new GetSecretValueCommand({ SecretId: name }))).SecretString;

  test('a secret without a value gives none, and then what was stored, unchanged', async () => {
    const name = aws.newSecretName();
    await aws.secretsManager.send(new CreateSecretCommand({ Name: name }));
    await expect(value(name)).rejects.toBeInstanceOf(ResourceNotFoundException);

    const text = '{\r\n  "web": { "client_secret": "GOCSPX-\\u00e9é\\"" }\n}\n';
    await aws.secretsManager.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
    await vi.waitFor(async () => expect(await value(name)).toBe(text), soon);
  });

  test('a secret of bytes gives its bytes, and no text', async () => {
    const name = aws.newSecretName();
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await aws.secretsManager.send(new CreateSecretCommand({ Name: name, SecretBinary: bytes }));
    const read = () => aws.secretsManager.send(new GetSecretValueCommand({ SecretId: name }));
    await vi.waitFor(async () => expect((await read()).SecretBinary).toEqual(bytes), soon);
    expect((await read()).SecretString).toBeUndefined();
  });
});
