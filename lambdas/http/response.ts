import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { AnswerTo, RouteKey } from '../api/routes.ts';
import type { ReadOnly } from '../api/types.ts';
import { hashOf } from '../secrets.ts';
import type { HttpRequest } from './request.ts';

/** One HTTP response, in API Gateway's format. */
export type HttpResponse = APIGatewayProxyStructuredResultV2 & {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * Headers of every response: no caching, no framing, no Referer, no use by other sites' pages, and no loading of
 * resources, in case a browser opens a response that is not a page.
 */
const guard = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  // Other sites cannot load responses as scripts or images. CORS separately allows origins to read them.
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
};

/**
 * A page may load only this site's script and style sheet, and only images embedded in it; no site may frame it.
 * Chromium applies `form-action` to every redirect after a form, so their targets must be listed too.
 */
const pagePolicy = (formTargets: readonly string[]) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    ["form-action 'self'", ...formTargets].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** A route's response with the status and the type of its contract: `answer<'GET /messages'>(200, page)`. */
export function answer<Key extends RouteKey = never>(
  statusCode: AnswerTo<Key>['status'],
  body: ReadOnly<NonNullable<AnswerTo<Key>['body']>>,
): HttpResponse {
  return json<unknown>(statusCode, body);
}

/** A JSON response; the caller gives the type of its body as type argument. */
export function json<Body = never>(
  statusCode: number,
  body: NoInfer<Body>,
  options: { readonly type?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): HttpResponse {
  return {
    statusCode,
    headers: { ...guard, 'content-type': options.type ?? 'application/json', ...options.headers },
    body: JSON.stringify(body),
  };
}

/** A page in HTML. */
export function page(statusCode: number, html: string): HttpResponse {
  return {
    statusCode,
    headers: {
      ...guard,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': pagePolicy([]),
      // A site that opened the page in a window gets no reference to it.
      'cross-origin-opener-policy': 'same-origin',
    },
    body: html,
  };
}

/**
 * A page with a form of this site.
 *
 * @param redirectTargets the other origins, or their scheme, that the response to the form may redirect to
 */
export function formPage(
  html: string,
  {
    redirectTargets,
    cookies,
  }: { readonly redirectTargets: readonly string[]; readonly cookies: readonly string[] },
): HttpResponse {
  const shown = page(200, html);
  return {
    ...shown,
    headers: {
      ...shown.headers,
      'content-security-policy': pagePolicy(redirectTargets),
      // Under no-referrer, browsers send the form with `Origin: null` (Fetch, “append a request Origin header”). A
      // browser without Sec-Fetch-Site could then not prove its origin. `strict-origin` keeps the path out of the
      // Referer.
      'referrer-policy': 'strict-origin',
    },
    cookies: [...cookies],
  };
}

/** A text that pages load, such as their script. */
interface StaticFile {
  readonly type: string;
  readonly text: string;
  /** Changes with the text. */
  readonly hash: string;
  readonly compressed: string;
}

/** Prepares a file to be served repeatedly. */
export function staticFile(type: string, text: string): StaticFile {
  return { type, text, hash: hashOf(text).slice(0, 16), compressed: gzipSync(text).toString('base64') };
}

/**
 * A file. Requested by its hash (`?v=`), it is cached for good; otherwise for minutes, and then revalidated by its
 * ETag. API Gateway compresses nothing itself.
 */
export function file(request: HttpRequest, { type, text, hash, compressed }: StaticFile): HttpResponse {
  const etag = `"${hash}"`;
  const byHash = request.query.get('v') === hash;
  const headers = {
    ...guard,
    'cache-control': byHash ? 'public, max-age=31536000, immutable' : 'public, max-age=300',
    etag,
    vary: 'accept-encoding',
  };
  if (request.headers['if-none-match']?.includes(etag)) return { statusCode: 304, headers };
  const typed = { ...headers, 'content-type': `${type}; charset=utf-8` };
  if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? ''))
    return { statusCode: 200, headers: typed, body: text };
  return {
    statusCode: 200,
    headers: { ...typed, 'content-encoding': 'gzip' },
    body: compressed,
    isBase64Encoded: true,
  };
}

/** 303: redirect with GET. */
export function seeOther(location: string, cookies: readonly string[] = []): HttpResponse {
  return { statusCode: 303, headers: { ...guard, location }, cookies: [...cookies] };
}

/** 204: success without a body. */
export function noContent(cookies: readonly string[] = []): HttpResponse {
  return { statusCode: 204, headers: guard, cookies: [...cookies] };
}
