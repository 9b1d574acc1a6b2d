import type { AnswerHeaders } from './failure.ts';

/** Where Google names no time, this many seconds. */
const usual = 10;

/** No lockout of Gmail's is longer than a day. */
const longest = 86_400;

/**
 * How many seconds Google wants us to wait: `Retry-After` as seconds or as a date (RFC 9110, 10.2.3), else the
 * text "Retry after <ISO time>" that Gmail puts into its message.
 */
export function retryAfterSeconds(headers: AnswerHeaders, message: string, now: number): number {
  const header = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(header)) return bounded(Number(header));
  const [, inText] = /retry after (\S+)/i.exec(message) ?? [];
  const moment = Date.parse(header === '' ? (inText ?? '') : header);
  return Number.isNaN(moment) ? usual : bounded((moment - now) / 1000);
}

function bounded(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds), 1), longest);
}
