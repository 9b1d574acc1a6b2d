import type { Job } from '../job/job.ts';
import type { VerifyFindings, VerifyProgress } from '../mailbox/mailbox-state.ts';

/** The most findings recorded of each kind; more are repaired all the same. */
const maxNamed = 1_000;

export function currentVerify(job: Job): VerifyProgress {
  const { verify } = job.state;
  if (verify === undefined) throw new Error('No comparison is under way.');
  return verify;
}

/** Changes the running comparison; the next save, or the end of the job, stores it. */
export function updateVerify(changes: Partial<VerifyProgress>, job: Job): void {
  job.state = { ...job.state, verify: { ...currentVerify(job), ...changes } };
}

/** Stores the comparison's progress, with the counts that it changed. */
export async function saveVerify(changes: Partial<VerifyProgress>, job: Job): Promise<void> {
  updateVerify(changes, job);
  const { copied, failed, verify } = job.state;
  await job.save({ copied, failed, verify });
}

/** The most labels that are compared though Gmail does not list them. */
const maxStrange = 1_000;

/** Adds copied labels that Gmail does not list: they are compared too. */
export function addUnlistedLabels(labels: readonly string[], job: Job): void {
  const known = new Set(currentVerify(job).strangeLabels);
  if (labels.every((label) => known.has(label))) return;
  updateVerify({ strangeLabels: [...known.union(new Set(labels))].slice(0, maxStrange) }, job);
}

export function addFindings(kind: keyof VerifyFindings, ids: readonly string[], job: Job): void {
  const { found } = currentVerify(job);
  const named = [...new Set([...found[kind], ...ids])].slice(0, maxNamed);
  updateVerify({ found: { ...found, [kind]: named } }, job);
}

export function isInGroup(id: string, { after, group }: VerifyProgress): boolean {
  return (after === undefined || id > after) && (group?.upTo === undefined || id <= group.upTo);
}
