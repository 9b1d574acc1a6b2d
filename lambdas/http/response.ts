import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ReadOnly } from '../api/read-only.ts';
import type { AnswerTo, RouteKey } from '../api/routes.ts';
import { hashOf } from '../secrets.ts';
import type { HttpRequest } from './request.ts';

/** One HTTP response, in the shape API Gateway takes. */
export type HttpResponse = APIGatewayProxyStructuredResultV2 & {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * What every answer says: keep it out of caches, out of frames, out of the Referer and out of other sites' pages, and load
 * nothing for it, should somebody open as a page what is none.
 */
const guard = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  // Other sites' pages get nothing as a script or a picture. CORS, for the origins that may read, stands apart from it.
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
};

/**
 * Pages load nothing but a script and a style sheet of this site, pictures only where they stand in the page itself, and
 * nobody frames them. Chromium holds a form to `form-action` through
 * every redirect that its answer leads to, so where that leads must be named, too.
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

/** A route's answer, of the status and the type that its contract says: `answer<'GET /messages'>(200, page)`. */
export function answer<Key extends RouteKey = never>(
  statusCode: AnswerTo<Key>['status'],
  body: ReadOnly<NonNullable<AnswerTo<Key>['body']>>,
): HttpResponse {
  return json<unknown>(statusCode, body);
}

/** Any answer in JSON, of the type that the call names. */
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
      // Whoever opened the page in a window of theirs gets no hold of it.
      'cross-origin-opener-policy': 'same-origin',
    },
    body: html,
  };
}

/**
 * A page with a form of this site.
 *
 * @param leadsTo the other origins, or the scheme of them, that the answer to the form may lead to
 */
export function formPage(
  html: string,
  { leadsTo, cookies }: { readonly leadsTo: readonly string[]; readonly cookies: readonly string[] },
): HttpResponse {
  const shown = page(200, html);
  return {
    ...shown,
    headers: {
      ...shown.headers,
      'content-security-policy': pagePolicy(leadsTo),
      // Under no-referrer a browser sends the form with `Origin: null` (Fetch, “append a request Origin header”), and
      // one that knows no Sec-Fetch-Site could not show where it comes from. The address stays out of the Referer.
      'referrer-policy': 'strict-origin',
    },
    cookies: [...cookies],
  };
}

/** A text that pages load, such as their script. */
export interface StaticFile {
  readonly type: string;
  readonly text: string;
  /** Changes with the text. */
  readonly hash: string;
  readonly compressed: string;
}

/** Makes a file ready to be served again and again. */
export function staticFile(type: string, text: string): StaticFile {
  return { type, text, hash: hashOf(text).slice(0, 16), compressed: gzipSync(text).toString('base64') };
}

/**
 * A file. Asked for by its hash (`?v=`) it stays in the browser for good; else for minutes, and is then asked about by
 * its ETag. API Gateway compresses nothing itself.
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

/** 303: go there with GET. */
export function seeOther(location: string, cookies: readonly string[] = []): HttpResponse {
  return { statusCode: 303, headers: { ...guard, location }, cookies: [...cookies] };
}

/** 204: done, nothing to say. */
export function noContent(cookies: readonly string[] = []): HttpResponse {
  return { statusCode: 204, headers: guard, cookies: [...cookies] };
}
