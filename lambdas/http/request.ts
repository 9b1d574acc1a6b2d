import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as v from 'valibot';
import { isBackendRoute } from './backend-route.ts';

/** One HTTP request, read once from API Gateway's event (HTTP API, payload format 2.0). */
export interface HttpRequest {
  /** Method and path pattern, as the route table writes it. */
  readonly routeKey: string;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly cookies: ReadonlyMap<string, string>;
  /** The body as text; empty when there is none. */
  readonly body: string;
  /** The ARN of the AWS identity that signed the request; only API Gateway's IAM authorizer says so. */
  readonly signedBy?: string | undefined;
}

/** Reads API Gateway's event. The raw query is parsed: the parsed one joins repeated values by commas. */
export function readRequest(event: APIGatewayProxyEventV2): HttpRequest {
  return {
    routeKey: event.routeKey,
    requestId: event.requestContext.requestId,
    method: event.requestContext.http.method,
    path: event.rawPath,
    query: new URLSearchParams(event.rawQueryString),
    pathParameters: event.pathParameters ?? {},
    headers: event.headers,
    cookies: readCookies(event.cookies ?? []),
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString(),
    signedBy: signerOf(event.requestContext),
  };
}

/** Whether a person's browser asks for a page, rather than a program for JSON. No browser signs its requests. */
export function wantsPage(request: HttpRequest): boolean {
  if (isBackendRoute(request.routeKey)) return false;
  return request.headers['accept']?.includes('text/html') ?? false;
}

/** The first cookie of a name wins, as browsers send the most specific one first (RFC 6265, 5.4). */
function readCookies(lines: readonly string[]): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of lines.flatMap((line) => line.split(';'))) {
    const separator = pair.indexOf('=');
    if (separator < 0) continue;
    const name = pair.slice(0, separator).trim();
    if (!cookies.has(name)) cookies.set(name, pair.slice(separator + 1).trim());
  }
  return cookies;
}

const signed = v.object({ authorizer: v.object({ iam: v.object({ userArn: v.string() }) }) });

function signerOf(requestContext: unknown): string | undefined {
  const result = v.safeParse(signed, requestContext);
  return result.success ? result.output.authorizer.iam.userArn : undefined;
}
