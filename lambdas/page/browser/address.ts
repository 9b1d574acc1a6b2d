import type { CopyQuery } from '../../api/requests/copy.ts';
import type { MessagesQuery } from '../../api/requests/mail.ts';

/** What the page shows is in its address, so that back, reload and a shared link show the same. */
export interface Address {
  /** A search in Gmail's own syntax; the stored copy has no search. */
  readonly q: string;
  readonly source: 'live' | 'copy';
  /** The ID of a label; empty: all mail. */
  readonly label: string;
  /** The first and the last day, such as `2026-11-22`, for the stored copy. */
  readonly from: string;
  readonly to: string;
  /** The token of the page of the list; empty: the first. */
  readonly page: string;
  /** The ID of the opened message; empty: the list. */
  readonly message: string;
}

export const startAddress: Address = {
  ...{ q: '', source: 'live', label: '', from: '', to: '', page: '', message: '' },
};

/** Parses the query of an address, and ignores invalid values. */
export function readAddress(query: string): Address {
  const given = new URLSearchParams(query);
  const text = (name: string) => given.get(name) ?? '';
  const day = (name: string) => (/^\d{4}-\d{2}-\d{2}$/.test(text(name)) ? text(name) : '');
  return {
    q: text('q').trim(),
    source: text('source') === 'copy' ? 'copy' : 'live',
    label: text('label'),
    from: day('from'),
    to: day('to'),
    page: text('page'),
    message: /^[\w-]{1,64}$/.test(text('message')) ? text('message') : '',
  };
}

/** Writes an address with only the values that its source needs. */
export function writeAddress(address: Address): string {
  const { q, source, label, from, to, page, message } = address;
  const which = source === 'copy' ? { source, label, from, to } : { q, label };
  const filled = Object.entries({ ...which, page, message }).filter(([, value]) => value !== '');
  return filled.length === 0 ? '/' : `/?${new URLSearchParams(filled)}`;
}

/** Messages on a page of the list; of Gmail's list, the most that the API summarises before they are copied. */
const pageSize = { live: 10, copy: 25 };

export function liveQuery({ q, label, page }: Address): MessagesQuery {
  const labelIds = label === '' ? undefined : [label];
  const pageToken = page || undefined;
  return { q: q || undefined, labelIds, view: 'summary', maxResults: pageSize.live, pageToken };
}

export function copyQuery({ label, from, to, page }: Address): CopyQuery {
  const dates = { after: midnightOf(from), before: midnightOf(to, 1) };
  return { labelId: label || undefined, ...dates, maxResults: pageSize.copy, pageToken: page || undefined };
}

/** A day starts in the user's time zone; the route would start it in UTC. */
function midnightOf(day: string, daysLater = 0): Date | undefined {
  if (day === '') return undefined;
  const midnight = new Date(`${day}T00:00:00`);
  midnight.setDate(midnight.getDate() + daysLater);
  return midnight;
}

/**
 * Returns the API's link to a new consent, changed to return to this page. Unchanged, it would return to the failed
 * request, which answers in JSON.
 */
export function loginFrom(authorizationUrl: string, origin: string, here: string): string | undefined {
  const url = URL.canParse(authorizationUrl) ? new URL(authorizationUrl) : undefined;
  if (url?.origin !== origin) return undefined;
  // A return_to must not contain these, in any encoding. A search that contains them is lost after the consent.
  const plain = !/[\\\p{Cc}]/u.test(decodePercentRepeatedly(here));
  if (plain && here !== '/') url.searchParams.set('return_to', here);
  else url.searchParams.delete('return_to');
  return url.href;
}

/** Decodes as the server checks a `return_to`: percent encoding repeatedly, invalid encoding unchanged. */
function decodePercentRepeatedly(text: string): string {
  const undone = text.replace(/(?:%[0-9a-f]{2})+/gi, (code) => {
    const bytes = code.slice(1).split('%');
    return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16)));
  });
  return undone === text ? text : decodePercentRepeatedly(undone);
}
