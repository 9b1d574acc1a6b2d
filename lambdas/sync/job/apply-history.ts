import { type KnownMessage, padHistoryId } from '../../copied-message.ts';
import { failedMessages, forgetFailed, recordMissing, recordRefused } from './failed-messages.ts';
import { fetchMessages } from './fetch-messages.ts';
import type { Job } from './job.ts';
import type { WantedMessage } from './plan-fetch.ts';
import type { HistoryRecord } from './sync-gmail.ts';
import { deleteMessages, relabelMessages } from './write-copy.ts';

/** Rows whose labels are written between two checks of the time. */
const updatedAtOnce = 50;

/** The work that a page of history requires. */
interface Changes {
  /** Missing from the copy. */
  readonly wanted: Map<string, WantedMessage>;
  /** In the copy, but the records do not show their present state: they are fetched again. */
  readonly unclear: Map<string, WantedMessage>;
  readonly changed: Map<string, KnownMessage>;
  readonly deleted: Set<string>;
}

/** The history ID of the last record that added or changed each message of a page, by message ID. */
export interface LastChanges {
  readonly added: ReadonlyMap<string, string>;
  readonly changed: ReadonlyMap<string, string>;
}

/**
 * Applies a page of the mailbox's history to the copy, in the order of Gmail's list. When it returns, everything in the
 * page is stored or recorded as failed. Applying a page again changes nothing.
 *
 * @param before the result for the page before: records may be out of order across pages, too
 * @throws BudgetSpent, and what fetchMessages throws; what was stored stays, and is skipped the next time
 */
export async function applyHistory(
  records: readonly HistoryRecord[],
  job: Job,
  before: LastChanges = { added: new Map(), changed: new Map() },
): Promise<LastChanges> {
  const ids = [...new Set(records.flatMap(messageIdsOf))];
  const known = await job.copy.findKnown(job.state, ids);
  const { wanted, unclear, changed, deleted, last } = readChanges(records, known, before);
  await updateLabels([...changed.values()], job);
  await deleteGone(deleted, known, job);
  job.busy ||= changed.size + unclear.size + deleted.size > 0;
  // Failed messages have their own retry times, however often the page comes.
  const failed = await failedMessages(job);
  const toFetch = (messages: ReadonlyMap<string, WantedMessage>) =>
    [...messages.values()].filter(({ id }) => !failed.has(id));
  await fetchMessages(toFetch(wanted), job, 'absent', (missing) => recordMissing(missing, job));
  await fetchMessages(toFetch(unclear), job, 'replace', (missing) => recordMissing(missing, job));
  return last;
}

/** One record may name thousands of messages. Applied changes are skipped when the page comes again. */
async function updateLabels(changed: readonly KnownMessage[], job: Job): Promise<void> {
  for (let start = 0; start < changed.length; start += updatedAtOnce) {
    job.budget.checkTime();
    const part = changed.slice(start, start + updatedAtOnce);
    await recordRefused(await relabelMessages(part, job), job);
  }
}

/**
 * Deletes copied messages, and announces the deletion of messages that the feed may contain though the copy does not.
 */
async function deleteGone(
  deleted: ReadonlySet<string>,
  known: ReadonlyMap<string, KnownMessage>,
  job: Job,
): Promise<void> {
  if (deleted.size === 0) return;
  const failed = await failedMessages(job);
  const mayBeAnnounced = [...deleted].filter(
    (id) => job.announcements.isUncertain || known.has(id) || failed.has(id),
  );
  await deleteMessages(mayBeAnnounced, job);
  const gone = mayBeAnnounced.filter((id) => known.has(id)).length;
  job.state = { ...job.state, copied: job.state.copied - gone };
  await forgetFailed(mayBeAnnounced, job);
}

function readChanges(
  records: readonly HistoryRecord[],
  known: ReadonlyMap<string, KnownMessage>,
  before: LastChanges,
): Changes & { readonly last: LastChanges } {
  const changes: Changes = { wanted: new Map(), unclear: new Map(), changed: new Map(), deleted: new Set() };
  const lastAdded = new Map<string, string>();
  for (const { added, historyId } of records) {
    for (const { id } of added) {
      const before = lastAdded.get(id) ?? '';
      if (before < padHistoryId(historyId)) lastAdded.set(id, padHistoryId(historyId));
    }
  }
  for (const record of records) {
    for (const message of record.added) add(message, record, known, changes);
    for (const [id, change] of labelChanges(record)) {
      if (!changes.deleted.has(id)) relabel(id, change, record, { known, before, changes });
    }
    for (const id of record.unclear ?? []) {
      changes.deleted.delete(id);
      (known.has(id) ? changes.unclear : changes.wanted).set(id, alone(id));
    }
    for (const id of record.deleted) {
      const addedAt = lastAdded.get(id) ?? before.added.get(id) ?? '';
      if (padHistoryId(record.historyId) < addedAt) {
        // Listed out of order: the message was added again after this deletion, perhaps with other labels.
        if ((known.get(id)?.historyId ?? addedAt) < addedAt) changes.unclear.set(id, alone(id));
        continue;
      }
      changes.deleted.add(id);
      for (const obsolete of [changes.wanted, changes.unclear, changes.changed]) obsolete.delete(id);
    }
  }
  for (const id of changes.unclear.keys()) changes.changed.delete(id);
  for (const [id, { historyId, labelIds }] of changes.changed) {
    const row = known.get(id);
    if (row?.historyId === historyId && isSameSet(row.labelIds, labelIds)) changes.changed.delete(id);
  }
  const changed = new Map(changes.changed.values().map(({ id, historyId }) => [id, historyId]));
  return { ...changes, last: { added: lastAdded, changed } };
}

/** Adds a message again that was deleted earlier in the same page, unless the row shows that already. */
function add(
  message: WantedMessage,
  { historyId }: HistoryRecord,
  known: ReadonlyMap<string, KnownMessage>,
  { wanted, unclear, deleted }: Changes,
): void {
  const row = known.get(message.id);
  const wasDeleted = deleted.delete(message.id);
  if (row === undefined) wanted.set(message.id, message);
  else if (wasDeleted && row.historyId < padHistoryId(historyId)) unclear.set(message.id, alone(message.id));
}

/**
 * Applies a label change. Records may share a history ID, and each of them counts. A record older than one applied
 * before may be outdated.
 */
function relabel(
  id: string,
  { add: added, remove }: LabelChange,
  record: HistoryRecord,
  {
    known,
    before,
    changes: { wanted, unclear, changed },
  }: {
    readonly known: ReadonlyMap<string, KnownMessage>;
    readonly before: LastChanges;
    readonly changes: Changes;
  },
): void {
  const historyId = padHistoryId(record.historyId);
  const row = known.get(id);
  // It exists, but is missing from the copy, so it is fetched.
  if (row === undefined) {
    wanted.set(id, wanted.get(id) ?? alone(id));
    return;
  }
  const message = changed.get(id) ?? row;
  const isShown = historyId < row.historyId;
  const isOutOfOrder = historyId < ((isShown ? before.changed.get(id) : message.historyId) ?? '');
  if (isOutOfOrder) unclear.set(id, alone(id));
  // A message that was fetched later contains this change already.
  if (isShown || isOutOfOrder) return;
  const labels = new Set([...message.labelIds, ...added]);
  for (const label of remove) labels.delete(label);
  changed.set(id, { id, labelIds: [...labels], historyId });
}

/** Fetched alone, whatever its thread. */
function alone(id: string): WantedMessage {
  return { id, threadId: id };
}

interface LabelChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Combines all label changes of a record by message. */
function labelChanges({ labelsAdded, labelsRemoved }: HistoryRecord) {
  const changes = new Map<string, LabelChange>();
  for (const { id, labelIds } of labelsAdded) {
    const { add = [], remove = [] } = changes.get(id) ?? {};
    changes.set(id, { add: [...add, ...labelIds], remove });
  }
  for (const { id, labelIds } of labelsRemoved) {
    const { add = [], remove = [] } = changes.get(id) ?? {};
    changes.set(id, { add, remove: [...remove, ...labelIds] });
  }
  return changes;
}

function messageIdsOf({ added, deleted, labelsAdded, labelsRemoved, unclear = [] }: HistoryRecord): string[] {
  return [...[...added, ...labelsAdded, ...labelsRemoved].map(({ id }) => id), ...deleted, ...unclear];
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return new Set(some).symmetricDifference(new Set(others)).size === 0;
}
