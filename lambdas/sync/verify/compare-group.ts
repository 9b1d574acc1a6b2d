import type { KnownMessage } from '../../copied-message.ts';
import { PageTokens, pageTokenRefused } from '../../page-tokens.ts';
import { checkEmptyList } from '../job/empty-list.ts';
import type { Job } from '../job/job.ts';
import type { WantedMessage } from '../job/plan-fetch.ts';
import type { IdPage } from '../job/sync-gmail.ts';
import { charged } from '../job/unit-budget.ts';
import { repairDifferences } from './repair-differences.ts';
import { currentVerify, isInGroup, updateVerify } from './verify-progress.ts';

/** How many times its size a group may be at Gmail: if the copy lacks many messages, their IDs must fit the row. */
const maxListed = 1.25;

/**
 * Reads the current group from the copy; if none is chosen, chooses the next messages. The group ends with the last
 * message that fits: messages copied since belong to the following group.
 *
 * @throws BudgetSpent if the job's time is over
 */
export async function readGroup(groupSize: number, job: Job): Promise<Map<string, KnownMessage>> {
  const { after, group } = currentVerify(job);
  const rows = new Map<string, KnownMessage>();
  let upTo = group?.upTo;
  let last: string | undefined;
  for await (const row of rowsAfter(after, job)) {
    if (upTo !== undefined && row.id > upTo) break;
    if (rows.size === groupSize) {
      upTo = last;
      break;
    }
    rows.set(row.id, row);
    last = row.id;
  }
  updateVerify({ group: { upTo } }, job);
  return rows;
}

async function* rowsAfter(after: string | undefined, job: Job): AsyncGenerator<KnownMessage> {
  for await (const page of job.copy.scan(job.state, after)) {
    job.budget.checkTime();
    yield* page;
  }
}

/**
 * Compares which messages of a group have a label at Gmail and in the copy, and repairs the copy. After `compared` the
 * rows are as the copy has them.
 *
 * @param labelId undefined: all messages
 * @param rows the group as read from the copy; messages that the group loses are removed
 * @returns `restarted` if the history had expired: then another comparison has begun
 */
export async function compareLabel(
  labelId: string | undefined,
  rows: Map<string, KnownMessage>,
  groupSize: number,
  job: Job,
): Promise<'compared' | 'restarted'> {
  const listed = await listGroup(labelId, groupSize, job);
  // Writes during the comparison need not contain the list.
  updateVerify({ listing: undefined }, job);
  for (const id of rows.keys()) if (!isInGroup(id, currentVerify(job))) rows.delete(id);
  try {
    return await repairDifferences({ labelId, listed, rows }, job);
  } catch (error) {
    // Examined messages are as listed by now: the next job continues with the rest.
    updateVerify({ listing: listingOf(listed) }, job);
    throw error;
  }
}

/**
 * The messages of the group that have the label at Gmail. A list that does not fit one job continues in the next. If
 * the group has far more messages at Gmail than in the copy, it is shortened.
 *
 * @param labelId undefined: all messages
 * @throws Problem `google_error` if Gmail repeats or refuses a page token; the next job starts this list again
 */
async function listGroup(
  labelId: string | undefined,
  groupSize: number,
  job: Job,
): Promise<Map<string, WantedMessage>> {
  const { listing } = currentVerify(job);
  const listed = listedBefore(job);
  let pageToken = listing?.pageToken;
  const tokens = new PageTokens(pageToken);
  const isComplete = listing !== undefined && pageToken === undefined;
  for (let more = !isComplete; more; more = pageToken !== undefined) {
    const page = await listPage(labelId, pageToken, listed, job);
    for (const message of page.messages) {
      if (isInGroup(message.id, currentVerify(job))) listed.set(message.id, message);
    }
    if (listed.size > maxListed * groupSize) shrinkGroup(listed, groupSize, job);
    if (tokens.has(page.nextPageToken)) updateVerify({ listing: undefined }, job);
    pageToken = tokens.follow(page.nextPageToken);
  }
  return listed;
}

function listedBefore(job: Job): Map<string, WantedMessage> {
  const { listing } = currentVerify(job);
  const ids = listing === undefined || listing.ids === '' ? [] : listing.ids.split(' ');
  // The group may have been shortened since.
  const left = ids.filter((id) => isInGroup(id, currentVerify(job)));
  return new Map(left.map((id) => [id, { id, threadId: id }]));
}

/** A list as the mailbox's row contains it. */
function listingOf(listed: ReadonlyMap<string, unknown>, pageToken?: string) {
  return { pageToken, ids: [...listed.keys()].join(' ') };
}

async function listPage(
  labelId: string | undefined,
  pageToken: string | undefined,
  listed: ReadonlyMap<string, WantedMessage>,
  job: Job,
): Promise<IdPage> {
  let page: IdPage | 'refused';
  try {
    page = await charged(job, job.prices.listMessages, () => job.gmail.listMessages({ labelId, pageToken }));
  } catch (error) {
    // The end of the job stores it. A write here could fail, and hide Google's retry time.
    if (pageToken !== undefined) updateVerify({ listing: listingOf(listed, pageToken) }, job);
    throw error;
  }
  if (page !== 'refused') {
    if (labelId === undefined) await checkEmptyList(page, pageToken, job);
    return page;
  }
  updateVerify({ listing: undefined }, job);
  throw pageTokenRefused();
}

/** Shortens the group to its size; the following groups take the rest. */
function shrinkGroup(listed: Map<string, WantedMessage>, groupSize: number, job: Job): void {
  updateVerify({ group: { upTo: [...listed.keys()].sort()[groupSize - 1] } }, job);
  for (const id of listed.keys()) if (!isInGroup(id, currentVerify(job))) listed.delete(id);
}
