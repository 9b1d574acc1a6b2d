import { isUtf8 } from 'node:buffer';
import * as v from 'valibot';
import { Problem } from '../errors.ts';
import { isBackendRoute } from './backend-route.ts';

/** One HTTP request, parsed from API Gateway's event (HTTP API, payload format 2.0). */
export interface HttpRequest {
  /** Method and path pattern, as in the route table. */
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
  /** The ARN of the AWS identity that signed the request, set only by API Gateway's IAM authorizer. */
  readonly signedBy?: string | undefined;
  /**
   * Names the first part that is not UTF-8. Decoding puts U+FFFD in its place, so different texts would become equal.
   */
  readonly notUtf8?: string | undefined;
}

const texts = v.record(v.string(), v.string());

/** The parts of API Gateway's event that are used. */
const apiEvent = v.object({
  routeKey: v.string(),
  rawPath: v.string(),
  rawQueryString: v.string(),
  headers: texts,
  cookies: v.optional(v.array(v.string()), []),
  pathParameters: v.optional(texts, {}),
  body: v.optional(v.string(), ''),
  isBase64Encoded: v.optional(v.boolean(), false),
  requestContext: v.object({
    requestId: v.string(),
    http: v.object({ method: v.string() }),
    authorizer: v.fallback(v.optional(v.object({ iam: v.object({ userArn: v.string() }) })), undefined),
  }),
});

/**
 * Parses API Gateway's event. It uses the raw query, because the parsed one joins repeated values with commas.
 *
 * @throws Problem `misconfigured` if something other than API Gateway invoked the function.
 */
export function readRequest(event: unknown): HttpRequest {
  const result = v.safeParse(apiEvent, event);
  if (!result.success) {
    throw new Problem('misconfigured', {
      remedy: 'invoke this function only through the HTTP API, with payload format 2.0',
    });
  }
  const { requestContext, rawQueryString, cookies, body, isBase64Encoded, rawPath, ...rest } = result.output;
  const { requestId, http, authorizer } = requestContext;
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const text = bytes.toString();
  return {
    ...rest,
    requestId,
    method: http.method,
    path: rawPath,
    query: new URLSearchParams(rawQueryString),
    cookies: readCookies(cookies),
    body: text,
    signedBy: authorizer?.iam.userArn,
    notUtf8:
      partIn('Query parameters', rawQueryString) ??
      partOfPath(rest.pathParameters) ??
      (isUtf8(bytes) ? undefined : 'Body: it') ??
      (isForm(rest.headers) ? partIn('Body', text) : undefined),
  };
}

function isForm(headers: Readonly<Record<string, string>>): boolean {
  return headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') ?? false;
}

/** The first parameter of a query or form whose percent-encoding is not UTF-8. */
function partIn(where: string, query: string): string | undefined {
  const pairs = query.split('&').map((pair) => pair.split('='));
  const [name = '', ...values] = pairs.find((parts) => !parts.every(isEncodedUtf8)) ?? [];
  if (name === '' && values.length === 0) return undefined;
  return `${where}: ${isEncodedUtf8(name) ? [...new URLSearchParams(name).keys()].join('') : 'a name'}`;
}

/** API Gateway has already decoded the path. */
function partOfPath(parameters: Readonly<Record<string, string>>): string | undefined {
  const [name] = Object.entries(parameters).find(([, value]) => value.includes('\ufffd')) ?? [];
  return name === undefined ? undefined : `Path: ${name}`;
}

/** A percent sign without two hexadecimal digits is literal (URL Standard, "percent-decode"). */
function isEncodedUtf8(text: string): boolean {
  try {
    decodeURIComponent(text.replace(/%(?![\da-f]{2})/gi, '%25'));
    return true;
  } catch {
    return false;
  }
}

/** Whether the caller is a browser that requests a page; other programs request JSON. Browsers do not sign requests. */
export function wantsPage(request: HttpRequest): boolean {
  if (isBackendRoute(request.routeKey)) return false;
  return request.headers['accept']?.includes('text/html') ?? false;
}

/**
 * The first cookie of a name wins, because browsers send the most specific one first (RFC 6265, 5.4). Only spaces and
 * tabs around names and values are trimmed (5.2). If other white space were trimmed, a neighbouring host could set a
 * cookie named white space plus `__Host-…`, which browsers do not protect, and we would read it as a `__Host-` cookie.
 */
function readCookies(lines: readonly string[]): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of lines.flatMap((line) => line.split(';'))) {
    const separator = pair.indexOf('=');
    if (separator < 0) continue;
    const name = withoutBlanks(pair.slice(0, separator));
    if (!cookies.has(name)) cookies.set(name, withoutBlanks(pair.slice(separator + 1)));
  }
  return cookies;
}

function withoutBlanks(text: string): string {
  const isBlank = (index: number) => text[index] === ' ' || text[index] === '\t';
  let [start, end] = [0, text.length];
  while (isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}
