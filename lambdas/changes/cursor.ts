import { Problem } from '../errors.ts';
import { hashOf } from '../secrets.ts';
import { keptFor } from './feed-times.ts';
import { isPosition, timeOf } from './position.ts';

/** As much of a feed's hash as tells it from others. It guards nothing: which feed is read the request alone says. */
const tagLength = 12;

/** A cursor holds a place in one feed, and which feed that is, so that none is taken for a place in another. */
export function writeCursor(feed: string, position: string): string {
  return Buffer.from(`${tagOf(feed)}.${position}`).toString('base64url');
}

/**
 * The position that a cursor of this feed holds.
 *
 * @throws Problem `invalid_request` when it is none, or another feed's; `cursor_too_old`
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
