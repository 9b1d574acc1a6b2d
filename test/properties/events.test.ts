import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { readCursor, writeCursor } from '../../lambdas/changes/cursor.ts';
import { isPosition, positionAt } from '../../lambdas/changes/position.ts';
import { missingGmailScopes, parseScopes } from '../../lambdas/scopes.ts';
import { readTick } from '../../lambdas/sync/dispatch/tick.ts';
import { parseSyncMessage, UnknownSyncMessage } from '../../lambdas/sync/mailbox/sync-queue.ts';
import { now } from '../lambdas/google/support.ts';
import { almost, almostText, bounded, expectType, numRuns, resultOrProblem } from './support.ts';

describe('a message of the queue', () => {
  const right = {
    kind: 'connected',
    accountId: '1',
    generation: 'g',
    owner: 'acme',
    begun: true,
    jobId: 'j',
  };
  const message = v.strictObject({
    ...{
      kind: v.picklist(['sync', 'erase', 'connected', 'renamed', 'grant_expiring', 'try_grant']),
      begun: v.optional(v.boolean()),
    },
    ...{ accountId: v.string(), generation: v.string(), jobId: v.string(), owner: v.optional(v.string()) },
  });

  test('is one of ours or is refused, and what it holds is not told', () => {
    const body = fc.oneof(
      almost(fc.constant(right)).map((value) => JSON.stringify(value) ?? ''),
      almostText(fc.constant(JSON.stringify(right))),
    );
    const found = new Set<boolean>();
    const property = fc.property(body, (text) => {
      const read = resultOr(UnknownSyncMessage, () => parseSyncMessage(text));
      found.add(read === undefined);
      if (read !== undefined) expectType(message, read);
    });
    fc.assert(property, { numRuns });
    expect(found.size).toBe(2);
    const secret = JSON.stringify({ ...right, kind: 'a canary' });
    expect(() => parseSyncMessage(secret)).toThrow('Not a message of the sync: kind.');
  });
});

describe('an event of the scheduler', () => {
  test.each([
    ['whatever it holds', almost(fc.constant({ scheduledTime: '2026-11-22T12:00:00Z' }))],
    [
      'whatever time it names',
      almostText(fc.constantFrom('2026-11-22T12:00:00Z', '2026-11-22T12:00:00.5+01:00')).map(
        (scheduledTime) => ({ scheduledTime }),
      ),
    ],
  ])('names a moment or is refused, %s', (_, events) => {
    let read = 0;
    const property = fc.property(events, (event) => {
      const moment = resultOr(TypeError, () => readTick(event));
      if (moment === undefined) return;
      read += 1;
      expect(new Date(moment).getTime()).toBe(moment);
    });
    fc.assert(property, { numRuns });
    expect(read).toBeGreaterThan(0);
  });

  test.each(['2026-11-22T12:00:00+00', '2026-06-31T23:59:59-23', ''])('%j is no moment', (scheduledTime) => {
    expect(() => readTick({ scheduledTime })).toThrow(TypeError);
  });
});

test('a cursor of the feed is a place in it or is refused', () => {
  const feed = 'account#1';
  const inside = almostText(fc.constantFrom(positionAt(now), `${positionAt(now)}#123`));
  const cursor = fc.oneof(
    almostText(fc.constant(writeCursor(feed, positionAt(now)))),
    inside.map((position) => writeCursor(feed, position)),
  );
  let read = 0;
  const property = fc.property(cursor, (text) => {
    const position = resultOrProblem(() => readCursor(text, feed, now), 'invalid_request', 'cursor_too_old');
    if (position === undefined) return;
    read += 1;
    expect(isPosition(position)).toBe(true);
  });
  fc.assert(property, { numRuns });
  expect(read).toBeGreaterThan(0);
});

test('scopes are a list of names, each once', () => {
  const property = fc.property(
    almostText(fc.constant('openid email  profile toString constructor __proto__')),
    (scope) => {
      const names = bounded(() => parseScopes(scope));
      expectType(v.array(v.pipe(v.string(), v.nonEmpty())), names);
      expect(new Set(names).size).toBe(names.length);
      const readonly = 'https://www.googleapis.com/auth/gmail.readonly';
      const missing = bounded(() => missingGmailScopes([readonly], names));
      expect(missing).toEqual(names.includes(readonly) ? [] : [readonly]);
    },
  );
  fc.assert(property, { numRuns });
});

function resultOr<Result>(refusal: new (...parts: never[]) => Error, run: () => Result): Result | undefined {
  try {
    return bounded(run);
  } catch (error) {
    expect(error).toBeInstanceOf(refusal);
    return undefined;
  }
}
