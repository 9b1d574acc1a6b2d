import type { ChangePage, Change as ShownChange } from '../api/answers.ts';
import { readChangesQuery } from '../api/requests/changes.ts';
import type { ReadOnly } from '../api/types.ts';
import { isBackendRoute } from '../http/backend-route.ts';
import type { Route } from '../http/handler.ts';
import { parseQuery } from '../http/query.ts';
import type { HttpRequest } from '../http/request.ts';
import { answer } from '../http/response.ts';
import { bytesInResponse, largestResponse } from '../http/response-size.ts';
import {
  type AccountSummary,
  accountNotFound,
  type CallerDependencies,
  isAccountId,
  requestedOwner,
  requireCaller,
} from '../sessions/caller.ts';
import { type Change, type FeedName, isOfMessages } from './change.ts';
import { type CopiedChangesDependencies, groupsToRead, showWithCopied } from './copied-changes.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { FeedReader } from './feed.ts';
import { type FeedTimes, keptFor } from './feed-times.ts';
import { positionAt, positionOf } from './position.ts';
import { showChange } from './show-change.ts';

/** Bytes of a response without its changes. */
const frame = 1_000;

/** A caller that starts with the oldest change has an hour before its first cursors expire (milliseconds). */
const head = 3_600_000;

/** A worker announces, then writes, within a minute; after that, it or its successor announces again (milliseconds). */
const unwritten = 60_000;

interface ReadChangesDependencies extends CallerDependencies, CopiedChangesDependencies {
  readonly feed: FeedReader;
  readonly times: Pick<FeedTimes, 'settle'>;
}

/** The part of a feed that one caller may read. */
interface View {
  readonly feed: FeedName;
  /** Distinguishes the cursors of this view. */
  readonly name: string;
  /** Returns what the caller may read of a change; undefined if nothing. */
  readonly see: (change: Change) => Change | undefined;
  /** The only owner whose accounts the caller may read. */
  readonly owner?: string | undefined;
}

/**
 * Returns the changes after a cursor, oldest first: of the caller's mailbox, an account, an owner's accounts or all.
 * Without a cursor it starts with the oldest change; `after=now` returns only a cursor.
 */
export function readChangesRoute(dependencies: ReadChangesDependencies): Route {
  const { clock = Date.now } = dependencies;
  return async (request) => {
    const { after, maxResults: limit, view: shown } = parseQuery(request, readChangesQuery);
    const view = await viewOf(request, dependencies);
    const now = clock();
    if (after === 'now') return answer<'GET /mailbox/changes'>(200, nothingSoFar(view, now, dependencies));
    const from = after === undefined ? positionAt(now - keptFor + head) : readCursor(after, view.name, now);
    return answer<'GET /mailbox/changes'>(
      200,
      await readPage(view, { after: from, limit, shown }, now, dependencies),
    );
  };
}

async function viewOf(request: HttpRequest, dependencies: ReadChangesDependencies): Promise<View> {
  if (!isBackendRoute(request.routeKey)) return viewOfSession(request, dependencies);
  const owner = requestedOwner(request);
  const { accountId } = request.pathParameters;
  if (accountId !== undefined) return viewOfAccount(accountId, owner, dependencies);
  const see = (change: Change) => change;
  if (owner === undefined) return { feed: 'all', name: 'all', see };
  return { feed: { owner }, name: `owner#${owner}`, see, owner };
}

/**
 * A session sees every change of the mailbox, but changes of messages only of its own generation. It does not see the
 * owner, which is a name of the team's backends.
 */
async function viewOfSession(request: HttpRequest, dependencies: ReadChangesDependencies): Promise<View> {
  const { accountId, generation } = await requireCaller(request, dependencies);
  return {
    feed: { accountId },
    name: `account#${accountId}`,
    see: ({ owner: _, ...change }) =>
      change.generation === generation || !isOfMessages(change) ? change : undefined,
  };
}

/** A disconnected account's changes stay readable until they expire; the last one names the owner. */
async function viewOfAccount(
  accountId: string,
  owner: string | undefined,
  { findAccount, feed, clock = Date.now }: ReadChangesDependencies,
): Promise<View> {
  if (!isAccountId(accountId)) throw accountNotFound();
  const account = (await findAccount(accountId)) ?? (await lastOf(accountId, feed, clock()));
  if (account === undefined || (owner !== undefined && account.owner !== owner)) throw accountNotFound();
  return {
    feed: { accountId },
    name: owner === undefined ? `account#${accountId}` : `account#${accountId}#${owner}`,
    owner,
    // The account may have had another owner before, or none until this owner's invitation.
    see: (change) =>
      owner === undefined || change.owner === owner || isOfNobody(change, account) ? change : undefined,
  };
}

function isOfNobody(change: Change, { generation }: Pick<AccountSummary, 'generation'>): boolean {
  return change.owner === undefined && change.generation === generation;
}

async function lastOf(accountId: string, feed: FeedReader, now: number): Promise<Change | undefined> {
  const newest = await feed.newest(accountId);
  return newest !== undefined && newest.at >= now - keptFor ? newest : undefined;
}

/**
 * Returns a cursor for a caller that reads the copy next: it precedes every change that the copy may not contain yet.
 * So changes of about the last minute may be returned again.
 */
function nothingSoFar({ name }: View, now: number, { times }: ReadChangesDependencies) {
  const position = positionAt(now - times.settle - unwritten);
  return { changes: [], cursor: writeCursor(name, position), more: false };
}

interface PageQuery {
  readonly after: string;
  readonly limit: number;
  readonly shown: 'ids' | 'summary';
}

async function readPage(
  { feed, name, see, owner }: View,
  { after, limit, shown: view }: PageQuery,
  now: number,
  dependencies: ReadChangesDependencies,
): Promise<ReadOnly<ChangePage>> {
  const { feed: reader, times } = dependencies;
  const withCopied = view === 'summary';
  // A change is announced before it is written: an earlier read of the copy could miss it, and no later change has it.
  const settled = positionAt(now - times.settle - (withCopied ? unwritten : 0));
  const until = isOfOneWriter(feed) && !withCopied ? undefined : settled;
  const { changes, more } = await reader.read(feed, { after, until, limit });
  const groups = withCopied ? groupsToRead(changes) : [changes];
  const shown: ReadOnly<ShownChange>[] = [];
  let room = largestResponse - frame;
  let end = after;
  for (const group of groups) {
    const seen = group.flatMap((change) => see(change) ?? []);
    const objects = withCopied ? await showWithCopied(seen, owner, dependencies) : seen.map(showChange);
    const byPosition = new Map(seen.map((change, index) => [positionOf(change), objects[index]]));
    for (const position of group.map(positionOf)) {
      const show = byPosition.get(position);
      if (show !== undefined) {
        room -= bytesInResponse(show) + 1;
        // A single change always fits: its writer limits its size.
        if (room < 0 && shown.length > 0) {
          return { changes: shown, cursor: writeCursor(name, end), more: true };
        }
        shown.push(show);
      }
      end = position;
    }
  }
  if (groups.flat().length < changes.length) {
    return { changes: shown, cursor: writeCursor(name, end), more: true };
  }
  // If no change is left, the cursor advances with the time, so that the cursor of a quiet feed does not expire.
  return { changes: shown, cursor: writeCursor(name, more ? end : later(end, settled)), more };
}

/** One worker at a time writes an account's changes, so they are in order without a delay. */
function isOfOneWriter(feed: FeedName): feed is { readonly accountId: string } {
  return typeof feed === 'object' && 'accountId' in feed;
}

function later(one: string, other: string): string {
  return one > other ? one : other;
}
