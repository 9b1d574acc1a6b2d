import { type KnownMessage, padHistoryId } from '../../copied-message.ts';
import { affordableMessages, catchUp } from '../job/catch-up.ts';
import { failedMessages, recordMissing } from '../job/failed-messages.ts';
import { fetchMessages, type Repair } from '../job/fetch-messages.ts';
import type { Job } from '../job/job.ts';
import type { Wanted } from '../job/plan-fetch.ts';
import { BudgetSpent } from '../job/unit-budget.ts';
import { doubtedMessages, doubtMessages, maxDoubted } from './doubted-messages.ts';
import { addListError, isKnownError, listErrors } from './list-errors.ts';
import { addFindings, saveVerify } from './verify-progress.ts';

/** A label of some messages, as Gmail listed it and as the copy has it. */
interface Comparison {
  /** undefined: the set of all messages */
  readonly labelId: string | undefined;
  readonly listed: Map<string, Wanted>;
  readonly rows: Map<string, KnownMessage>;
}

/**
 * Names and mends what differs. The history is followed first, and what then stands in the copy as it was listed was
 * no mistake; neither was what turns out to have changed later still, which history brings in its turn.
 *
 * List and rows are brought up to date with every message that was looked at, so that nothing is looked at twice.
 */
export async function repairDifferences(comparison: Comparison, job: Job): Promise<'compared' | 'restarted'> {
  const { listed, rows } = comparison;
  const lacking = [...listed.values()].filter(({ id }) => !isMember(rows.get(id), comparison));
  const surplus = [...rows.values()].filter((row) => isMember(row, comparison) && !listed.has(row.id));
  const differing = [...lacking, ...surplus.map(({ id }) => ({ id, threadId: id }))];
  let left = await withoutListErrors(differing, comparison, job);
  if (left.length > 0 && (await catchUp(job)) === 'restarted') return 'restarted';
  while (left.length > 0) {
    // The next job asks about those first.
    if (doubtedMessages(job).size >= maxDoubted) throw new BudgetSpent();
    const suspects = left.slice(0, await affordableMessages(job, left.length));
    left = left.slice(suspects.length);
    await repair(suspects, comparison, job);
  }
  return 'compared';
}

/** Those that are not known to be errors of Gmail's list, in which the row is right. */
async function withoutListErrors(
  differing: readonly Wanted[],
  { labelId, listed, rows }: Comparison,
  job: Job,
): Promise<readonly Wanted[]> {
  const left: Wanted[] = [];
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

/** Whether the copy has the message, and with the label that is compared. */
export function isMember(row: KnownMessage | undefined, { labelId }: Pick<Comparison, 'labelId'>): boolean {
  return row !== undefined && (labelId === undefined || row.labelIds.includes(labelId));
}

async function repair(suspects: readonly Wanted[], comparison: Comparison, job: Job): Promise<void> {
  const { listed, rows } = comparison;
  const ids = suspects.map(({ id }) => id);
  const known = await job.copy.findKnown(job.state, ids);
  const failed = await failedMessages(job);
  const doubted = doubtedMessages(job);
  const differing = suspects.filter(({ id }) => {
    // Gmail is asked about it once more anyway.
    if (doubted.has(id)) return false;
    const isInCopy = isMember(known.get(id), comparison);
    return isInCopy !== listed.has(id) && (isInCopy || !failed.has(id));
  });
  const gone = await fetchMessages(differing, job, await repairOf(new Set(ids), comparison, job), (missing) =>
    recordMissing(
      missing.filter((id) => listed.has(id) && !known.has(id)),
      job,
    ),
  );
  doubtMessages(
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
    // A row that claims to be newer than Gmail's own message is wrong if the list says so too, and if it stood like
    // that before the list was made.
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
    // A thread also brings messages that nobody suspected: what is said of suspects holds for them.
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
