import { compareLabel } from './compare-label.ts';
import { charged, type Job } from './job.ts';
import { readGroup } from './read-group.ts';
import { currentVerify, saveVerify } from './verify-progress.ts';

/** Messages compared at a time: a group of them is held in memory, and its IDs fit the mailbox's row. */
const usualGroup = 10_000;

/**
 * Compares the copy with the mailbox: the set of messages, then label by label who has it. What differs is named and
 * mended; what merely happened meanwhile is not. The comparison goes on across jobs, a group of messages and a label
 * at a time.
 *
 * @param groupSize messages of a group
 * @throws BudgetSpent, ClaimLost, and what Gmail and the tables throw; `job.state.verify` then says how far it came
 */
export async function verify(job: Job, groupSize: number = usualGroup): Promise<void> {
  if (job.state.verify === undefined) return;
  const listed = await charged(job, job.prices.listLabels, () => job.gmail.listLabels());
  await job.labelNames.keep(listed, job);
  const labels = listed.map(({ id }) => id);
  while (job.state.verify !== undefined) {
    if ((await compareGroup(labels, groupSize, job)) === 'compared') await endGroup(job);
  }
}

async function compareGroup(
  labels: readonly string[],
  groupSize: number,
  job: Job,
): Promise<'compared' | 'restarted'> {
  const rows = await readGroup(groupSize, job);
  // One that only the copy knows is compared too: to Gmail it may be gone, and then nobody has it.
  const all = new Set([...labels, ...rows.values().flatMap(({ labelIds }) => labelIds)]);
  for (const labelId of stepsFrom(currentVerify(job).labelId, [...all].sort())) {
    if (labelId !== currentVerify(job).labelId) await saveVerify({ labelId, listing: undefined }, job);
    if ((await compareLabel(labelId, rows, groupSize, job)) === 'restarted') return 'restarted';
  }
  return 'compared';
}

/** What is still to be compared of a group; the label where it stood may be gone since. */
function stepsFrom(labelId: string | undefined, labels: readonly string[]): readonly (string | undefined)[] {
  return labelId === undefined ? [undefined, ...labels] : labels.filter((label) => label >= labelId);
}

/** The group is compared; with the last one the comparison ends. */
async function endGroup(job: Job): Promise<void> {
  const { group, found, because } = currentVerify(job);
  if (group?.upTo !== undefined) {
    const next = { after: group.upTo, group: undefined, labelId: undefined, listing: undefined };
    return saveVerify(next, job);
  }
  if (found.missing.length + found.extra.length > 0) await job.count.mistrust();
  if (because === 'history_expired') await job.telling.tell({ type: 'caught_up' });
  const { copied, failed } = job.state;
  const at = job.clock();
  await job.save({ copied, failed, verify: undefined, verifiedAt: at, lastVerify: { ...found, at } });
}
