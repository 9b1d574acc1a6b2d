/**
 * What a listing takes at the least: the same calls in the same order, by fetch and the AWS SDK, with nothing checked
 * and no fault foreseen.
 */
import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { serviceName } from '../../../lambdas/grants/token-cipher.ts';

const {
  LOGINS_TABLE,
  GRANTS_TABLE,
  TOKEN_KEY,
  CLIENT_SECRET_ID,
  GOOGLE_TOKEN_ENDPOINT = '',
  GMAIL_ROOT_URL,
} = process.env;
const tables = DynamoDBDocumentClient.from(new DynamoDBClient());
const keys = new KMSClient();
const secrets = new SecretsManagerClient();

interface Client {
  readonly client_id: string;
  readonly client_secret: string;
}

export async function handler({ cookies }: { cookies: string[] }) {
  const token = cookies[0]?.split('=')[1] ?? '';
  const sessionKey = { id: `session#${createHash('sha256').update(token).digest('base64url')}` };
  const { Item: session } = await tables.send(
    new GetCommand({ TableName: LOGINS_TABLE, Key: sessionKey, ConsistentRead: true }),
  );
  const grantKey = { accountId: session?.['accountId'] };
  const { Item: grant } = await tables.send(
    new GetCommand({ TableName: GRANTS_TABLE, Key: grantKey, ConsistentRead: true }),
  );
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: CLIENT_SECRET_ID }));
  const { client_id, client_secret } = (JSON.parse(SecretString) as { web: Client }).web;
  const context = (tokenKind: string) => ({
    service: serviceName,
    accountId: grant?.['accountId'],
    clientId: client_id,
    tokenKind,
  });
  const { Plaintext } = await keys.send(
    new DecryptCommand({
      KeyId: TOKEN_KEY,
      CiphertextBlob: grant?.['refreshToken'],
      EncryptionContext: context('refresh'),
    }),
  );
  const answer = await fetch(GOOGLE_TOKEN_ENDPOINT, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id,
      client_secret,
      refresh_token: Buffer.from(Plaintext ?? []).toString(),
    }),
  });
  const { access_token, expires_in } = (await answer.json()) as { access_token: string; expires_in: number };
  const { CiphertextBlob } = await keys.send(
    new EncryptCommand({
      KeyId: TOKEN_KEY,
      Plaintext: Buffer.from(access_token),
      EncryptionContext: context('access'),
    }),
  );
  await tables.send(
    new UpdateCommand({
      TableName: GRANTS_TABLE,
      Key: grantKey,
      UpdateExpression: 'SET accessToken = :token, accessTokenExpiresAt = :expiresAt',
      ExpressionAttributeValues: {
        ':token': CiphertextBlob,
        ':expiresAt': Date.now() + expires_in * 1000,
      },
    }),
  );
  const list = await fetch(`${GMAIL_ROOT_URL}gmail/v1/users/me/messages`, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  return { statusCode: list.status, body: await list.text() };
}
