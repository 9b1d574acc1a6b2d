import type { HttpRequest } from './request.ts';

/** The headers in which browsers and previews mark a request that no person made, and what they write there. */
const marks: Readonly<Record<string, RegExp>> = {
  // A list of tokens: `prefetch`, `prefetch;prerender`, `prefetch;anonymous-client-ip`.
  'sec-purpose': /\b(prefetch|prerender|preview)\b/i,
  purpose: /\b(prefetch|prerender|preview)\b/i,
  'x-purpose': /\b(prefetch|prerender|preview|instant)\b/i,
  'x-moz': /\bprefetch\b/i,
};

/** Whether a browser or a preview asks in advance for what a person may never open. */
export function isSpeculative({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return Object.entries(marks).some(([name, mark]) => mark.test(headers[name] ?? ''));
}
