import type { Job } from '../job/job.ts';
import type { VerifyFindings, VerifyProgress } from '../mailbox/mailbox-state.ts';

/** Findings named of each kind; more are mended all the same. */
const maxNamed = 1_000;

/** The comparison under way. */
export function currentVerify(job: Job): VerifyProgress {
  const { verify } = job.state;
  if (verify === undefined) throw new Error('No comparison is under way.');
  return verify;
}

/** Changes the comparison under way; the next save, or the end of the job, writes it down. */
export function updateVerify(changes: Partial<VerifyProgress>, job: Job): void {
  job.state = { ...job.state, verify: { ...currentVerify(job), ...changes } };
}

/** Writes down how far the comparison came, with the counts that it changed. */
export async function saveVerify(changes: Partial<VerifyProgress>, job: Job): Promise<void> {
  updateVerify(changes, job);
  const { copied, failed, verify } = job.state;
  await job.save({ copied, failed, verify });
}

/** Labels of the copy that are kept to be compared though Gmail does not list them. */
const maxStrange = 1_000;

/** Keeps labels of the copy that Gmail does not list: they are compared too. */
export function addStrangeLabels(labels: readonly string[], job: Job): void {
  const known = new Set(currentVerify(job).strangeLabels);
  if (labels.every((label) => known.has(label))) return;
  updateVerify({ strangeLabels: [...known.union(new Set(labels))].slice(0, maxStrange) }, job);
}

/** Names messages of which the copy was wrong. */
export function addFindings(kind: keyof VerifyFindings, ids: readonly string[], job: Job): void {
  const { found } = currentVerify(job);
  const named = [...new Set([...found[kind], ...ids])].slice(0, maxNamed);
  updateVerify({ found: { ...found, [kind]: named } }, job);
}

/** Whether the message belongs to the group that is compared now. */
export function isInGroup(id: string, { after, group }: VerifyProgress): boolean {
  return (after === undefined || id > after) && (group?.upTo === undefined || id <= group.upTo);
}
