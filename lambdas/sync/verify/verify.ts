import type { Job } from '../job/job.ts';
import { BudgetSpent, charged } from '../job/unit-budget.ts';
import { compareByDate } from './compare-by-date.ts';
import { compareLabel, readGroup } from './compare-group.ts';
import { confirmDeleted } from './suspected-deleted.ts';
import { currentVerify, saveVerify } from './verify-progress.ts';

/** Messages compared at a time: so many are held in memory, and their IDs fit the mailbox's row. */
const usualGroup = 10_000;

/**
 * Compares the copy with the mailbox: the set of messages, then the messages of each label. Differences are recorded
 * and repaired; changes that happen meanwhile are no differences. The comparison continues across jobs. After a
 * backfill it covers only the set: a list may lack messages, while labels came with the messages themselves.
 *
 * @param groupSize messages held at a time
 * @throws BudgetSpent, ClaimLost, and what Gmail and the tables throw; `job.state.verify` then contains the progress
 */
export async function verify(job: Job, groupSize: number = usualGroup): Promise<void> {
  if (job.state.verify === undefined) return;
  const listed = await charged(job, job.prices.listLabels, () => job.gmail.listLabels());
  await job.labelNames.keep(listed, job);
  const labels = listed.map(({ id }) => id);
  await confirmDeleted(job);
  while (job.state.verify !== undefined) {
    if (!(currentVerify(job).isCompared ?? false)) await compareNext(labels, groupSize, job);
    else if ((await confirmDeleted(job)) === 'early') throw new BudgetSpent();
    else if (currentVerify(job).isCompared) await end(job);
  }
}

async function compareNext(labels: readonly string[], groupSize: number, job: Job): Promise<void> {
  if (currentVerify(job).by === 'ids') {
    if ((await compareGroup(labels, groupSize, job)) === 'compared') await endGroup(job);
    return;
  }
  const result = await compareLabels(labels, groupSize, job);
  if (result === 'compared') await saveVerify({ walk: undefined, isCompared: true }, job);
  if (result !== 'unordered') return;
  const { accountId } = job.state;
  job.log.info({ event: 'lists of messages out of order', accountId });
  await saveVerify({ by: 'ids', walk: undefined, labelId: undefined }, job);
}

/** Compares the rest of the set of all messages and of the labels, each in the order of dates. */
async function compareLabels(
  labels: readonly string[],
  groupSize: number,
  job: Job,
): Promise<'compared' | 'restarted' | 'unordered'> {
  const compare = (labelId: string | undefined) =>
    compareByDate(labelId, labels, Math.ceil(groupSize / 2), job);
  if (currentVerify(job).labelId === undefined) {
    const result = await compare(undefined);
    if (result !== 'compared') return result;
  }
  const { labelId: resumeAt, strangeLabels = [], because } = currentVerify(job);
  if (because === 'first_copy') return 'compared';
  const all = new Set([...labels, ...strangeLabels]);
  // The label where it was interrupted may be gone.
  for (const labelId of [...all].sort().filter((label) => label >= (resumeAt ?? ''))) {
    if (labelId !== currentVerify(job).labelId) await saveVerify({ labelId, walk: undefined }, job);
    const result = await compare(labelId);
    if (result !== 'compared') return result;
  }
  return 'compared';
}

async function compareGroup(
  labels: readonly string[],
  groupSize: number,
  job: Job,
): Promise<'compared' | 'restarted'> {
  const rows = await readGroup(groupSize, job);
  // A label that only the copy has is compared too: Gmail may have deleted it, and then no message has it.
  const isSetAlone = currentVerify(job).because === 'first_copy';
  const all = new Set(isSetAlone ? [] : [...labels, ...rows.values().flatMap(({ labelIds }) => labelIds)]);
  for (const labelId of stepsFrom(currentVerify(job).labelId, [...all].sort())) {
    if (labelId !== currentVerify(job).labelId) await saveVerify({ labelId, listing: undefined }, job);
    if ((await compareLabel(labelId, rows, groupSize, job)) === 'restarted') return 'restarted';
  }
  return 'compared';
}

/** What remains to be compared of a group; the label where it was interrupted may be gone. */
function stepsFrom(labelId: string | undefined, labels: readonly string[]): readonly (string | undefined)[] {
  return labelId === undefined ? [undefined, ...labels] : labels.filter((label) => label >= labelId);
}

/** Ends a group; after the last one everything is compared. */
async function endGroup(job: Job): Promise<void> {
  const { group } = currentVerify(job);
  const next = { group: undefined, labelId: undefined, listing: undefined };
  if (group?.upTo === undefined) await saveVerify({ ...next, isCompared: true }, job);
  else await saveVerify({ ...next, after: group.upTo }, job);
}

async function end(job: Job): Promise<void> {
  const { found, because } = currentVerify(job);
  const { copied, failed } = job.state;
  const at = job.clock();
  const catchingUp = because === 'history_expired' || job.state.catchingUp;
  await job.save({
    copied,
    failed,
    catchingUp,
    verify: undefined,
    verifiedAt: at,
    lastVerify: { ...found, at, because },
    recountAt: at,
  });
}
