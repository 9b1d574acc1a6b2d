import type { HttpRequest } from './request.ts';

/** The headers, with their values, that mark requests of browsers and previews that no user made. */
const marks: Readonly<Record<string, RegExp>> = {
  // A list of tokens: `prefetch`, `prefetch;prerender`, `prefetch;anonymous-client-ip`.
  'sec-purpose': /\b(prefetch|prerender|preview)\b/i,
  purpose: /\b(prefetch|prerender|preview)\b/i,
  'x-purpose': /\b(prefetch|prerender|preview|instant)\b/i,
  'x-moz': /\bprefetch\b/i,
};

/** Whether a browser or a preview requests in advance a page that the user may never open. */
export function isSpeculative({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return Object.entries(marks).some(([name, mark]) => mark.test(headers[name] ?? ''));
}
