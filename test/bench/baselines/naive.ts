/** The sample of Google's guide as it is usually ported: the whole of googleapis, nothing bundled. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { google } from 'googleapis';

const clients = [
  DynamoDBDocumentClient.from(new DynamoDBClient()),
  new KMSClient(),
  new SecretsManagerClient(),
  google.gmail({ version: 'v1', auth: new google.auth.OAuth2() }),
];

export const handler = async () => ({ statusCode: 200, body: String(clients.length) });
