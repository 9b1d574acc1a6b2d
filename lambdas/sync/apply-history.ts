import { type KnownMessage, padHistoryId } from '../copied-message.ts';
import { failedMessages, forgetFailed, recordRefused } from './failed-messages.ts';
import { fetchMessages } from './fetch-messages.ts';
import type { Job } from './job.ts';
import type { Wanted } from './plan-fetch.ts';
import type { HistoryRecord } from './sync-gmail.ts';

/** Rows whose labels are written between two looks at the clock. */
const updatedAtOnce = 50;

/** What a page of history asks for. */
interface Changes {
  readonly wanted: Map<string, Wanted>;
  readonly changed: Map<string, KnownMessage>;
  readonly deleted: Set<string>;
}

/**
 * Applies a page of the mailbox's history to the copy. When it returns, everything in the page is stored or recorded
 * as failed; applying it again changes nothing.
 *
 * @throws BudgetSpent, and what fetchMessages throws; what was stored until then stays, and is skipped the next time
 */
export async function applyHistory(records: readonly HistoryRecord[], job: Job): Promise<void> {
  const ids = [...new Set(records.flatMap(mentioned))];
  const known = await job.copy.findKnown(job.state, ids);
  const { wanted, changed, deleted } = readChanges(records, known);
  await updateLabels([...changed.values()], job);
  await deleteGone(deleted, known, job);
  job.busy ||= changed.size + deleted.size > 0;
  await fetchMessages([...wanted.values()], job);
}

/** One record may name thousands of messages. What is applied is skipped when the page comes again. */
async function updateLabels(changed: readonly KnownMessage[], job: Job): Promise<void> {
  for (let start = 0; start < changed.length; start += updatedAtOnce) {
    job.budget.checkTime();
    const part = changed.slice(start, start + updatedAtOnce);
    await recordRefused(await job.copy.updateLabels(job.state, part), job);
  }
}

/** Deletes what the copy has, and tells what the feed may have told of though the copy lacks it. */
async function deleteGone(
  deleted: ReadonlySet<string>,
  known: ReadonlyMap<string, KnownMessage>,
  job: Job,
): Promise<void> {
  if (deleted.size === 0) return;
  const failed = await failedMessages(job);
  const mayBeTold = [...deleted].filter((id) => job.telling.inDoubt || known.has(id) || failed.has(id));
  await job.copy.delete(job.state, mayBeTold);
  const gone = mayBeTold.filter((id) => known.has(id)).length;
  job.state = { ...job.state, copied: job.state.copied - gone };
  await forgetFailed(mayBeTold, job);
}

function readChanges(records: readonly HistoryRecord[], known: ReadonlyMap<string, KnownMessage>): Changes {
  const changes: Changes = { wanted: new Map(), changed: new Map(), deleted: new Set() };
  const { wanted, changed, deleted } = changes;
  for (const record of records) {
    for (const { id, threadId } of record.added) if (!known.has(id)) wanted.set(id, { id, threadId });
    for (const [id, { add, remove }] of labelChanges(record)) {
      const message = changed.get(id) ?? known.get(id);
      // Not in the copy, though it exists: whatever the reason, it is wanted now.
      if (message === undefined) wanted.set(id, wanted.get(id) ?? { id, threadId: id });
      // What was fetched later than this change shows it already.
      else if (message.historyId < padHistoryId(record.historyId)) {
        const labels = new Set([...message.labelIds, ...add]);
        for (const label of remove) labels.delete(label);
        changed.set(id, { id, labelIds: [...labels], historyId: padHistoryId(record.historyId) });
      }
    }
    for (const id of record.deleted) deleted.add(id);
  }
  for (const id of deleted) {
    wanted.delete(id);
    changed.delete(id);
  }
  return changes;
}

/** All changes of a record to the labels of one message count as one. */
function labelChanges({ labelsAdded, labelsRemoved }: HistoryRecord) {
  const changes = new Map<string, { add: readonly string[]; remove: readonly string[] }>();
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

function mentioned({ added, deleted, labelsAdded, labelsRemoved }: HistoryRecord): string[] {
  return [...[...added, ...labelsAdded, ...labelsRemoved].map(({ id }) => id), ...deleted];
}
