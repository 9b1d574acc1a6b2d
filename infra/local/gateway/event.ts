import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { account } from '../aws/aws-call.ts';
import type { RouteMatch } from './match-route.ts';

/** The signer of a request, as API Gateway's IAM authorizer reports it. */
export interface Signer {
  readonly accessKey: string;
  readonly accountId: string;
  readonly callerId: string;
  readonly cognitoIdentity: null;
  readonly principalOrgId: null;
  readonly userArn: string;
  readonly userId: string;
}

/** An HTTP request as received. */
export interface WireRequest {
  readonly method: string;
  /** The request target: path and query, as sent. */
  readonly target: string;
  /** Alternating names and values, as sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
  /** The port that received the request. */
  readonly port: number;
  readonly requestId: string;
  /** When it was received, in epoch milliseconds. */
  readonly time: number;
}

/** The request's path as sent, and the query without its question mark. */
export function splitTarget(target: string): { path: string; query: string } {
  const [path = '', ...query] = target.split('?');
  return { path, query: query.join('?') };
}

/**
 * Builds the event that API Gateway's HTTP APIs send to a function: payload format 2.0 of "Create AWS Lambda proxy
 * integrations for HTTP APIs in API Gateway". `rawPath` is decoded, despite its name, as an HTTP API sends it;
 * `rawQueryString` is unchanged.
 *
 * @param signer the signer, if the route has an IAM authorizer
 */
export function toEvent(request: WireRequest, match: RouteMatch, signer?: Signer): APIGatewayProxyEventV2 {
  const { path, query } = splitTarget(request.target);
  const headers = readHeaders(request);
  const cookies = readCookies(request.rawHeaders);
  const rawPath = decodeURIComponent(path);
  return {
    version: '2.0',
    routeKey: match.routeKey,
    rawPath,
    rawQueryString: query,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(query !== '' && { queryStringParameters: joinRepeated(new URLSearchParams(query)) }),
    requestContext: {
      accountId: account,
      apiId: 'local',
      ...(signer !== undefined && { authorizer: { iam: signer } }),
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method: request.method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: request.requestId,
      routeKey: match.routeKey,
      stage: '$default',
      time: logTime(request.time),
      timeEpoch: request.time,
    },
    ...(match.pathParameters !== undefined && { pathParameters: { ...match.pathParameters } }),
    ...readBody(request.body, headers['content-type']),
  };
}

/** Headers of one connection, which a gateway does not forward (RFC 9110, section 7.6.1). */
export const connectionHeaders = [
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Every header as sent: names in lower case, repeated ones joined by commas. */
export function wireHeaders({ rawHeaders }: Pick<WireRequest, 'rawHeaders'>): Record<string, string> {
  return joinRepeated(pairs(rawHeaders));
}

function readHeaders({ rawHeaders, sourceIp, port }: WireRequest): Record<string, string> {
  const sent = pairs(rawHeaders).filter(([name]) => name !== 'cookie' && !connectionHeaders.includes(name));
  return joinRepeated([
    ...sent,
    ['x-forwarded-for', sourceIp],
    ['x-forwarded-port', String(port)],
    ['x-forwarded-proto', 'http'],
  ]);
}

function readCookies(rawHeaders: readonly string[]): string[] {
  return (
    pairs(rawHeaders)
      .filter(([name]) => name === 'cookie')
      .flatMap(([, value]) => value.split(';'))
      // Only spaces and tabs: other white space is part of the name.
      .map((cookie) => cookie.replace(/^[ \t]+|[ \t]+$/g, ''))
      .filter((cookie) => cookie !== '')
  );
}

/**
 * Text is passed as it is, everything else as base64. AWS publishes no list; measured with the real service, text is
 * `text/*` and JSON, XML and JavaScript, but not HTML forms or a missing type.
 */
function readBody(body: Buffer, contentType = ''): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = /^\s*(text\/.*|application\/(json|xml|javascript))\s*(;|$)/i.test(contentType);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

function pairs(rawHeaders: readonly string[]): [name: string, value: string][] {
  return rawHeaders.flatMap((name, index): [string, string][] =>
    index % 2 === 0 ? [[name.toLowerCase(), rawHeaders[index + 1] ?? '']] : [],
  );
}

function joinRepeated(entries: Iterable<[string, string]>): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of entries) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}

/** The time in the format of a web server's log: `12/Mar/2026:19:03:58 +0000`. */
function logTime(time: number): string {
  const [, day, month, year, clock] = new Date(time).toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}
