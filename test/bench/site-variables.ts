import { tables } from '../../infra/tables.ts';
import type { Site } from '../support/open-site.ts';

/** What the functions of the site are told. */
export function variablesOf({ origin, clientId, aws, google }: Site): Record<string, string> {
  const names: Readonly<Record<string, string>> = aws.tableNames;
  return {
    ORIGIN: origin,
    ...Object.fromEntries(
      Object.entries(tables).map(([name, { variable }]) => [variable, names[name] ?? '']),
    ),
    TOKEN_KEY: aws.tokenKey,
    LOGIN_KEY: aws.loginKey,
    CLIENT_ID: clientId,
    CLIENT_SECRET_ID: aws.clientSecretId,
    EVENT_BUS_NAME: aws.eventBus,
    SYNC_QUEUE_URL: aws.syncQueueUrl,
    AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint,
    AWS_ENDPOINT_URL_KMS: aws.kmsEndpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.secretsManagerEndpoint,
    AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: aws.eventBridgeEndpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
    GOOGLE_ISSUER: google.origin,
    GOOGLE_TOKEN_ENDPOINT: `${google.origin}/token`,
    GMAIL_ROOT_URL: `${google.origin}/`,
  };
}
