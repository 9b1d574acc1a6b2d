import { Problem } from '../errors.ts';
import { hashOf } from '../secrets.ts';
import { keptFor } from './feed-times.ts';
import { isPosition, timeOf } from './position.ts';

/** Enough of a feed's hash to distinguish feeds. It protects nothing: the request alone decides which feed is read. */
const tagLength = 12;

/** A cursor contains a position and its feed, so that it cannot be used with another feed. */
export function writeCursor(feed: string, position: string): string {
  return Buffer.from(`${tagOf(feed)}.${position}`).toString('base64url');
}

/**
 * Returns the position in a cursor of this feed.
 *
 * @throws Problem `invalid_request` if it is not a cursor of this feed; `cursor_too_old`
 */
export function readCursor(cursor: string, feed: string, now: number): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const position = text.slice(tagLength + 1);
  if (text.slice(0, tagLength + 1) !== `${tagOf(feed)}.` || !isPosition(position)) {
    throw new Problem('invalid_request', {
      detail: 'Query parameters: after must be now or a cursor returned by this feed.',
    });
  }
  if (timeOf(position) < now - keptFor) throw new Problem('cursor_too_old');
  return position;
}

function tagOf(feed: string): string {
  return hashOf(feed).slice(0, tagLength);
}
