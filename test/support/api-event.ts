import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { HttpHandler } from '../../lambdas/http/handler.ts';

/** A request as a test writes it; names of headers in lower case, as API Gateway gives them. */
export interface TestRequest {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: Readonly<Record<string, string>>;
  readonly pathParameters?: Readonly<Record<string, string>>;
  /** The body; its type is in the headers. */
  readonly body?: string | Buffer;
  /** The ARN of who signed it, as API Gateway's IAM authorizer tells it. */
  readonly signedBy?: string;
  /** How long the function still has, in milliseconds. */
  readonly remaining?: number;
}

/** What came back, read for a test. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly text: string;
}

/** The request ID of every event of a test. */
export const requestId = 'request-1';

/** Who signs the requests of a test's backend. */
export const backendRole = 'arn:aws:sts::000000000000:assumed-role/backend/job';

/** What a browser says it accepts. */
export const browserHeaders = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

/** API Gateway's event (HTTP API, payload format 2.0) for a request of this route. */
export function apiEvent(routeKey: string, request: TestRequest = {}): APIGatewayProxyEventV2 {
  const { query = '', headers = {}, cookies = {}, pathParameters, body, signedBy } = request;
  const [method = '', pattern = ''] = routeKey.split(' ');
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => pathParameters?.[name] ?? '');
  // As measured against the real service: JSON comes plain, a form does not.
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
  const pairs = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    headers: { ...headers },
    ...(pairs.length > 0 && { cookies: pairs }),
    ...(pathParameters !== undefined && { pathParameters: { ...pathParameters } }),
    ...(body !== undefined && { body: isForm ? Buffer.from(body).toString('base64') : String(body) }),
    requestContext: {
      ...(signedBy !== undefined && { authorizer: { iam: { userArn: signedBy } } }),
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'mail.example.com',
      domainPrefix: 'mail',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId,
      routeKey,
      stage: '$default',
      time: '01/Nov/2026:00:00:00 +0000',
      timeEpoch: 0,
    },
    isBase64Encoded: isForm,
  };
}

/** Calls a function as API Gateway does. */
export async function ask(
  handler: HttpHandler,
  routeKey: string,
  request: TestRequest = {},
): Promise<Answer> {
  const { remaining = 29_000 } = request;
  const context: Pick<Context, 'getRemainingTimeInMillis'> = { getRemainingTimeInMillis: () => remaining };
  const response = await handler(apiEvent(routeKey, request), context as Context);
  return {
    status: response.statusCode ?? 200,
    headers: Object.fromEntries(
      Object.entries(response.headers ?? {}).map(([name, value]) => [name, String(value)]),
    ),
    cookies: response.cookies ?? [],
    text: response.body ?? '',
  };
}

/** The bytes of an answer’s body within the function's response, which is JSON: Lambda counts those. */
export function bytesInResponse(answer: Pick<Answer, 'text'>): number {
  return Buffer.byteLength(JSON.stringify(answer.text));
}

/** The JSON that an answer holds. */
export function jsonOf(answer: Answer): Record<string, unknown> {
  const value: unknown = JSON.parse(answer.text);
  if (typeof value !== 'object' || value === null) throw new Error('The answer holds no JSON object.');
  return Object.fromEntries(Object.entries(value));
}

/** The address an answer leads to. */
export function locationOf(answer: Answer, origin = 'https://mail.example.com'): URL {
  return new URL(answer.headers['location'] ?? 'about:blank', origin);
}
