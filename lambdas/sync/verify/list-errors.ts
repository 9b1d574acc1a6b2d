import { createHash } from 'node:crypto';
import type { KnownMessage } from '../../copied-message.ts';
import type { Job, ListErrors } from '../job/job.ts';
import { currentVerify } from './verify-progress.ts';

/** The most errors stored for a mailbox: some 100 KB in one row. */
const maxErrors = 10_000;

/** Bytes of a digest: enough to tell these errors apart. */
const digestBytes = 8;

/**
 * A Gmail list that contradicts the message itself: lists of `CHAT`, for example, leave out messages that have the
 * label.
 */
interface ListError {
  /** undefined: the list of all messages */
  readonly labelId: string | undefined;
  readonly message: Pick<KnownMessage, 'id' | 'historyId'>;
  readonly isListed: boolean;
}

/** The errors that comparisons have found, read once a job. */
export async function listErrors(job: Job): Promise<ListErrors> {
  job.listErrors ??= { stored: new Set(await job.copy.findListErrors(job.state)), seen: new Set() };
  return job.listErrors;
}

/**
 * Whether Gmail has contradicted its list before, and the message has not changed since. Only scheduled comparisons
 * skip known errors: the others run because history was lost, or because a caller doubts the copy.
 */
export async function isKnownError(error: ListError, job: Job): Promise<boolean> {
  if (currentVerify(job).because !== 'schedule') return false;
  const { stored, seen } = await listErrors(job);
  const digest = digestOf(error);
  if (!stored.has(digest)) return false;
  seen.add(digest);
  return true;
}

export function addListError(error: ListError, { seen }: ListErrors): void {
  seen.add(digestOf(error));
}

/** Stores the recorded errors; if there are too many, those that the job has seen are kept. */
export async function saveListErrors({ listErrors: errors, copy, state }: Omit<Job, 'gmail'>): Promise<void> {
  if (errors === undefined || errors.seen.isSubsetOf(errors.stored)) return;
  await copy.putListErrors(state, [...errors.seen.union(errors.stored)].slice(0, maxErrors));
}

function digestOf({ labelId = '', message: { id, historyId }, isListed }: ListError): string {
  const text = `${labelId} ${id} ${historyId} ${isListed}`;
  return createHash('sha256').update(text).digest().subarray(0, digestBytes).toString('base64url');
}
