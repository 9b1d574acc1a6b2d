import { type KnownMessage, padHistoryId } from '../../copied-message.ts';
import { affordableMessages, catchUp } from '../job/catch-up.ts';
import { failedMessages, recordMissing } from '../job/failed-messages.ts';
import { fetchMessages, type Repair } from '../job/fetch-messages.ts';
import type { Job } from '../job/job.ts';
import type { WantedMessage } from '../job/plan-fetch.ts';
import { BudgetSpent } from '../job/unit-budget.ts';
import { addListError, isKnownError, listErrors } from './list-errors.ts';
import { maxSuspected, suspectDeleted, suspectedDeleted } from './suspected-deleted.ts';
import { addFindings, saveVerify } from './verify-progress.ts';

/** A label of some messages, as Gmail lists it and as the copy has it. */
interface Comparison {
  /** undefined: the set of all messages */
  readonly labelId: string | undefined;
  readonly listed: Map<string, WantedMessage>;
  readonly rows: Map<string, KnownMessage>;
}

/**
 * Records and repairs differences. It follows the history first: what the history explains is no difference, nor is a
 * change that comes later still, which a later history will contain.
 *
 * List and rows are updated with every examined message, so that none is examined twice.
 */
export async function repairDifferences(comparison: Comparison, job: Job): Promise<'compared' | 'restarted'> {
  const { listed, rows } = comparison;
  const lacking = [...listed.values()].filter(({ id }) => !isMember(rows.get(id), comparison));
  const surplus = [...rows.values()].filter((row) => isMember(row, comparison) && !listed.has(row.id));
  const differing = [...lacking, ...surplus.map(({ id }) => ({ id, threadId: id }))];
  let left = await withoutListErrors(differing, comparison, job);
  if (left.length > 0 && (await catchUp(job)) === 'restarted') return 'restarted';
  while (left.length > 0) {
    // The next job fetches those first.
    if (suspectedDeleted(job).size >= maxSuspected) throw new BudgetSpent();
    const suspects = left.slice(0, await affordableMessages(job, left.length));
    left = left.slice(suspects.length);
    await repair(suspects, comparison, job);
  }
  return 'compared';
}

/** The differences that are not known errors of Gmail's list. */
async function withoutListErrors(
  differing: readonly WantedMessage[],
  { labelId, listed, rows }: Comparison,
  job: Job,
): Promise<readonly WantedMessage[]> {
  const left: WantedMessage[] = [];
  for (const wanted of differing) {
    const message = rows.get(wanted.id);
    const isListed = listed.has(wanted.id);
    if (message === undefined || !(await isKnownError({ labelId, message, isListed }, job)))
      left.push(wanted);
    else if (isListed) listed.delete(wanted.id);
    else listed.set(wanted.id, wanted);
  }
  return left;
}

/** Whether the message is in the copy, and has the label that is compared. */
export function isMember(row: KnownMessage | undefined, { labelId }: Pick<Comparison, 'labelId'>): boolean {
  return row !== undefined && (labelId === undefined || row.labelIds.includes(labelId));
}

async function repair(suspects: readonly WantedMessage[], comparison: Comparison, job: Job): Promise<void> {
  const { listed, rows } = comparison;
  const ids = suspects.map(({ id }) => id);
  const known = await job.copy.findKnown(job.state, ids);
  const failed = await failedMessages(job);
  const suspected = suspectedDeleted(job);
  const differing = suspects.filter(({ id }) => {
    // It will be fetched again anyway.
    if (suspected.has(id)) return false;
    const isInCopy = isMember(known.get(id), comparison);
    return isInCopy !== listed.has(id) && (isInCopy || !failed.has(id));
  });
  const gone = await fetchMessages(differing, job, await repairOf(new Set(ids), comparison, job), (missing) =>
    recordMissing(
      missing.filter((id) => listed.has(id) && !known.has(id)),
      job,
    ),
  );
  suspectDeleted(
    ids.filter((id) => gone.has(id) && known.has(id)),
    job,
  );
  const now = differing.length === 0 ? known : await job.copy.findKnown(job.state, ids);
  for (const wanted of suspects) {
    const row = now.get(wanted.id);
    if (row === undefined) rows.delete(wanted.id);
    else rows.set(wanted.id, row);
    if (isMember(row, comparison)) listed.set(wanted.id, wanted);
    else listed.delete(wanted.id);
  }
  if (differing.length > 0) await saveVerify({}, job);
}

async function repairOf(suspects: ReadonlySet<string>, comparison: Comparison, job: Job): Promise<Repair> {
  const { labelId, listed, rows } = comparison;
  const [failed, errors] = [await failedMessages(job), await listErrors(job)];
  return {
    // A row that claims to be newer than Gmail's message is wrong if the list contradicts it too, and if it has not
    // changed since before the list.
    outweighs: (message, row) => {
      const isInCopy = isMember(row, comparison);
      const isUnchanged = rows.get(row.id)?.historyId === row.historyId;
      return isUnchanged && listed.has(row.id) !== isInCopy && isMember(message, comparison) !== isInCopy;
    },
    confirmed: (message) => {
      const isListed = listed.has(message.id);
      const isError = suspects.has(message.id) && isMember(message, comparison) !== isListed;
      if (isError) addListError({ labelId, message, isListed }, errors);
    },
    // A thread also contains messages that are not suspects: the same applies to them.
    written: (message, before) => {
      if (message.historyId > padHistoryId(job.state.historyId ?? '')) return;
      if (before !== undefined) {
        if (!sameLabels(before.labelIds, message.labelIds)) addFindings('mislabelled', [message.id], job);
      } else if (!failed.has(message.id)) addFindings('missing', [message.id], job);
    },
  };
}

function sameLabels(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((label) => others.includes(label));
}
