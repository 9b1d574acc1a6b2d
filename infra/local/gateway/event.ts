import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { RouteMatch } from './match-route.ts';

/** Who signed a request, as API Gateway's IAM authorizer tells a function. */
export interface Signer {
  readonly accessKey: string;
  readonly accountId: string;
  readonly callerId: string;
  readonly cognitoIdentity: null;
  readonly principalOrgId: null;
  readonly userArn: string;
  readonly userId: string;
}

/** An HTTP request as it came off the wire. */
export interface WireRequest {
  readonly method: string;
  /** The request target: path and query, as sent. */
  readonly target: string;
  /** Names and values in turn, as sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly sourceIp: string;
  /** The port that the request came to. */
  readonly port: number;
  readonly requestId: string;
  /** When it came, in epoch milliseconds. */
  readonly time: number;
}

/** The request's path as sent, and the query without its question mark. */
export function splitTarget(target: string): { path: string; query: string } {
  const [path = '', ...query] = target.split('?');
  return { path, query: query.join('?') };
}

/**
 * Turns a request into the event that API Gateway's HTTP APIs send to a function: payload format 2.0 of
 * "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway". `rawPath` is decoded, whatever its
 * name says, as an HTTP API sends it; `rawQueryString` is as the client sent it.
 *
 * @param signer who signed it, where the route has an IAM authorizer
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
      accountId: '000000000000',
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

/** Headers that concern one connection only; a gateway does not pass them on (RFC 9110, section 7.6.1). */
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
      // Spaces and tabs alone: another blank is a part of the name.
      .map((cookie) => cookie.replace(/^[ \t]+|[ \t]+$/g, ''))
      .filter((cookie) => cookie !== '')
  );
}

/**
 * Text goes plain, everything else as base64. AWS names no list; measured against the real service, text
 * is `text/*` and JSON, XML and JavaScript, while HTML forms and a missing type are not.
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

/** The time as in a web server's log: `12/Mar/2026:19:03:58 +0000`. */
function logTime(time: number): string {
  const [, day, month, year, clock] = new Date(time).toUTCString().split(' ');
  return `${day}/${month}/${year}:${clock} +0000`;
}
