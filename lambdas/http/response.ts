import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** One HTTP response, in the shape API Gateway takes. */
export type HttpResponse = APIGatewayProxyStructuredResultV2 & {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
};

/** What every answer says: keep it out of caches, out of frames, out of the Referer. */
const guard = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=31536000',
};

/**
 * Pages load nothing but a script of this site, and nobody frames them. Chromium holds a form to `form-action` through
 * every redirect that its answer leads to, so where that leads must be named, too.
 */
const pagePolicy = (formTargets: readonly string[]) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    ["form-action 'self'", ...formTargets].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** A JSON answer. */
export function json(
  statusCode: number,
  body: unknown,
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

/** A script of a page. */
export function script(source: string): HttpResponse {
  return {
    statusCode: 200,
    headers: { ...guard, 'content-type': 'text/javascript; charset=utf-8' },
    body: source,
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
