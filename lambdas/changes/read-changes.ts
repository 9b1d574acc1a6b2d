import type { ChangePage, Change as ShownChange } from '../api/answers.ts';
import type { ReadOnly } from '../api/read-only.ts';
import { readChangesQuery } from '../api/requests/changes.ts';
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

/** Bytes of an answer beside its changes. */
const frame = 1_000;

/** Whoever begins with the oldest has an hour until the cursors that he gets are too old (milliseconds). */
const head = 3_600_000;

/** A worker tells first and writes then, and has a minute for both; after that, it or its successor tells anew (milliseconds). */
const unwritten = 60_000;

interface ReadChangesDependencies extends CallerDependencies, CopiedChangesDependencies {
  readonly feed: FeedReader;
  readonly times: Pick<FeedTimes, 'settle'>;
}

/** A feed as one caller may see it. */
interface View {
  readonly feed: FeedName;
  /** What tells this view's cursors from others'. */
  readonly name: string;
  /** What the caller may see of a change, if it may be seen at all. */
  readonly see: (change: Change) => Change | undefined;
  /** The owner within whose accounts the caller stays. */
  readonly owner?: string | undefined;
}

/**
 * The changes after a cursor, oldest first: of the caller's mailbox, of an account, of an owner's accounts or of all.
 * Without a cursor it begins with the oldest that is kept; `after=now` gives a cursor alone.
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
 * A person sees all that became of the mailbox, but of messages only what belongs to the session's generation; and not
 * what a team's own backends call the owner.
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

/** A disconnected account's changes can be read for as long as they are kept: whose it was, the last of them says. */
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
    // The account may have been another owner's before; or nobody's, until this one's invitation.
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
 * A cursor for whoever reads the copy next: it lies before every change that the copy may not hold yet. So what was
 * told within the last minute or so may come once more.
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
  // A change is told before it is written: read earlier, the copy might lack what nothing would tell of again.
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
        // A change alone always fits: its writer bounds it.
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
  // Where nothing is left, the cursor comes along with the time, lest a quiet feed's grow too old.
  return { changes: shown, cursor: writeCursor(name, more ? end : later(end, settled)), more };
}

/** An account's changes are told by one worker at a time: they stand in order as soon as they are there. */
function isOfOneWriter(feed: FeedName): feed is { readonly accountId: string } {
  return typeof feed === 'object' && 'accountId' in feed;
}

function later(one: string, other: string): string {
  return one > other ? one : other;
}
