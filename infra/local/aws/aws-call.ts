import type { IncomingHttpHeaders } from 'node:http';

/** The AWS services that a function may call. */
export type AwsService = 'dynamodb' | 'eventbridge' | 'kms' | 'secretsmanager' | 'sqs';

/** The account and the region of everything here. */
export const account = '000000000000';
export const region = 'us-east-1';

export function arnOf(service: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`;
}

/** One call to an AWS service, as it arrived. */
export interface AwsCall {
  readonly service: AwsService;
  /** The operation, such as `GetItem`. */
  readonly action: string;
  /** The calling function, if it sends its name through `AWS_SDK_UA_APP_ID`. */
  readonly functionName: string | undefined;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Reads the operation from `X-Amz-Target: <service and version>.<operation>`; empty if there is none. */
export function actionOf(headers: IncomingHttpHeaders): string {
  return String(headers['x-amz-target'] ?? '')
    .split('.')
    .slice(1)
    .join('.');
}

/** Reads the `app/<name>` that the SDK adds to its user agent when `AWS_SDK_UA_APP_ID` is set. */
export function functionNameOf(headers: IncomingHttpHeaders): string | undefined {
  const agents = `${headers['user-agent'] ?? ''} ${headers['x-amz-user-agent'] ?? ''}`;
  return /(?:^|\s)app\/(\S+)/.exec(agents)?.[1];
}
