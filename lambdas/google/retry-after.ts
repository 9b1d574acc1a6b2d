import type { ResponseHeaders } from './failure.ts';

/** Gmail's longest lockout (seconds). */
const longest = 86_400;

/** The time that Gmail writes in its messages: “Retry after 2026-11-22T10:00:00.000Z”. */
const timeInText = /retry after (\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))/i;

/**
 * How many seconds Google asks the caller to wait: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), else the
 * time in the message; undefined if neither names one.
 */
export function retryAfterSeconds(
  headers: ResponseHeaders,
  message: string,
  now: number,
): number | undefined {
  const header = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(header)) return bounded(Number(header));
  const moments = [header, timeInText.exec(message)?.[1] ?? ''].map((text) => Date.parse(text));
  const moment = moments.find((time) => !Number.isNaN(time));
  return moment === undefined ? undefined : bounded((moment - now) / 1000);
}

function bounded(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds), 1), longest);
}
