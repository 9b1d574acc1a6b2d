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

/**
 * Whether a route changes state: every method but GET, and of GET all of the sign-in and the connect links, which write
 * cookies and pending consents and use up states. Every other GET only reads.
 */
export function changesState(routeKey: string): boolean {
  return !routeKey.startsWith('GET ') || /^GET \/(auth|connect)(\/|$)/.test(routeKey);
}
