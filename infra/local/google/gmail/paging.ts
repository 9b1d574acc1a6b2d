import { createHash } from 'node:crypto';
import { invalidArgument } from './errors.ts';

/** Reads `maxResults`: 100 by default, at most 500, as at Gmail. */
export function pageSize(parameters: URLSearchParams): number {
  const text = parameters.get('maxResults');
  if (text === null) return 100;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 0) throw invalidArgument(`Invalid value for maxResults: ${text}`);
  return size === 0 ? 100 : Math.min(size, 500);
}

/** Returns a page token that continues after `position`, for the same listing only. */
export function writePageToken(listing: readonly unknown[], position: string): string {
  return Buffer.from(JSON.stringify([digest(listing), position])).toString('base64url');
}

/**
 * Reads the page token of a request; undefined if there is none.
 *
 * @throws GmailError 400 if it does not belong to this listing.
 */
export function readPageToken(parameters: URLSearchParams, listing: readonly unknown[]): string | undefined {
  const token = parameters.get('pageToken');
  if (token === null || token === '') return undefined;
  try {
    const [mark, position] = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (mark === digest(listing) && typeof position === 'string') return position;
  } catch {
    // A malformed token is refused like a token of another listing.
  }
  throw invalidArgument('Invalid pageToken');
}

function digest(listing: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(listing)).digest('base64url').slice(0, 12);
}
