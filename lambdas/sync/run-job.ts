import { setTimeout as delay } from 'node:timers/promises';
import type { CopyStore, MailboxKey } from '../copied-message.ts';
import { Problem, type ProblemCode } from '../errors.ts';
import { describeError, type Logger } from '../log.ts';
import { backfill } from './backfill.ts';
import { firstBatchSize } from './fetch-messages.ts';
import { followHistory } from './follow-history.ts';
import { ClaimLost, type Job } from './job.ts';
import type { MailboxState, MailboxStore, Outcome } from './mailbox-state.ts';
import { type SyncPace, waitAfter } from './pace.ts';
import { retryFailed } from './retry-failed.ts';
import type { QuotaProfile, SyncGmail } from './sync-gmail.ts';
import type { SyncMessage } from './sync-queue.ts';
import { BudgetSpent, createUnitBudget, unitsForJobs } from './unit-budget.ts';
import { startVerify, verify } from './verify.ts';

export interface JobDependencies {
  readonly mailboxes: Pick<MailboxStore, 'find' | 'saveProgress' | 'finish'>;
  readonly copy: CopyStore;
  /**
   * Opens Gmail for the grant of this generation.
   *
   * @throws Problem `login_required` when there is no such grant, `grant_revoked`, `client_changed`,
   * `insufficient_scope`, or what reaching Google, the vault or the tables throws
   */
  readonly openGmail: (mailbox: MailboxKey) => Promise<SyncGmail>;
  readonly quota: QuotaProfile;
  readonly pace: SyncPace;
  readonly log: Logger;
  readonly clock?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

/** Time left at the end of a job (milliseconds): for Gmail's slowest answer and for what must then be written. */
const reserve = 12_000;

/** What only a person can mend: the mailbox waits for a new consent. */
const pausing: readonly ProblemCode[] = [
  'login_required',
  'grant_revoked',
  'grant_unreadable',
  'client_changed',
  'insufficient_scope',
  'domain_policy',
];

/** How a job ended, if not by having nothing more to do. */
type Ending =
  | { readonly kind: 'done' }
  | { readonly kind: 'spent' }
  | { readonly kind: 'problem'; problem: Problem };

/**
 * Runs one job of one mailbox: changes first, then failed messages, then what is left of the backfill or of a
 * comparison. It acts only while job ID and generation still hold the claim, so redriven, late and duplicate
 * messages do nothing. Whatever goes wrong stands in the mailbox's row, not in the queue.
 *
 * @throws Problem `storage_unavailable` when not even that could be written
 */
export async function runJob(
  message: SyncMessage & { readonly kind: 'sync' },
  run: { readonly endsAt: number },
  dependencies: JobDependencies,
): Promise<void> {
  const { mailboxes, log } = dependencies;
  const state = await mailboxes.find(message.accountId);
  if (state?.generation !== message.generation || state.claim?.jobId !== message.jobId) {
    log.info({ event: 'job without a claim', accountId: message.accountId });
    return;
  }
  const job = prepare(state, message.jobId, run, dependencies);
  try {
    const ending = await reconsider(await work(job, dependencies), job, dependencies);
    const outcome = outcomeOf(job, ending, state.claim.claimedAt, dependencies);
    await mailboxes.finish(state, message.jobId, state.claim.claimedAt, outcome);
  } catch (error) {
    if (!(error instanceof ClaimLost)) throw error;
    log.info({ event: 'claim lost', accountId: message.accountId });
  }
}

type JobInPreparation = Omit<Job, 'gmail'> & { gmail?: SyncGmail };

function prepare(
  state: MailboxState,
  jobId: string,
  { endsAt }: { readonly endsAt: number },
  { copy, quota, pace, log, mailboxes, ...given }: JobDependencies,
): JobInPreparation {
  const { clock = Date.now, sleep = delay } = given;
  const budget = createUnitBudget({
    grant: state.claim?.units ?? 0,
    limit: unitsForJobs(quota),
    past: state.spends,
    minute: pace.minute,
    endsAt: endsAt - Math.min(reserve, (endsAt - clock()) / 2),
    clock,
    sleep,
  });
  const job: JobInPreparation = {
    copy,
    budget,
    prices: quota.prices,
    log,
    clock,
    sleep,
    minute: pace.minute,
    batchSize: firstBatchSize,
    busy: false,
    state,
    save: async (progress) => {
      if (!(await mailboxes.saveProgress(job.state, jobId, progress))) throw new ClaimLost();
      job.state = { ...job.state, ...progress };
    },
  };
  return job;
}

async function work(preparation: JobInPreparation, { openGmail, pace }: JobDependencies): Promise<Ending> {
  try {
    const job = Object.assign(preparation, { gmail: await openGmail(preparation.state) });
    await followHistory(job);
    await retryFailed(job);
    await backfill(job);
    if (isVerifyDue(job.state, job.clock(), pace)) await beginVerify(job);
    await verify(job);
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof ClaimLost) throw error;
    if (error instanceof BudgetSpent) return { kind: 'spent' };
    const problem = error instanceof Problem ? error : new Problem('internal_error', { cause: error });
    const { accountId } = preparation.state;
    preparation.log.warn({
      event: 'job ended early',
      accountId,
      code: problem.code,
      ...(problem.cause !== undefined && describeError(problem.cause)),
    });
    return { kind: 'problem', problem };
  }
}

/** Problems of a grant that a consent may have mended while the job ran. */
const mendable: readonly ProblemCode[] = [
  'login_required',
  'grant_revoked',
  'grant_unreadable',
  'client_changed',
];

/** Before a mailbox is paused, its grant is looked at once more: a person may have consented again meanwhile. */
async function reconsider(
  ending: Ending,
  job: JobInPreparation,
  { openGmail }: JobDependencies,
): Promise<Ending> {
  if (ending.kind !== 'problem' || !mendable.includes(ending.problem.code)) return ending;
  try {
    await openGmail(job.state);
    return { kind: 'spent' };
  } catch (error) {
    return error instanceof Problem && pausing.includes(error.code) ? ending : { kind: 'spent' };
  }
}

function isVerifyDue(
  { phase, verify: running, ...state }: MailboxState,
  now: number,
  pace: SyncPace,
): boolean {
  if (phase !== 'live' || running !== undefined) return false;
  return (
    state.verifyRequestedAt !== undefined || now >= (state.verifiedAt ?? state.connectedAt) + pace.verifyEvery
  );
}

async function beginVerify(job: Job): Promise<void> {
  const because = job.state.verifyRequestedAt === undefined ? 'schedule' : 'requested';
  const progress = startVerify(because, Math.max(job.state.copied, job.state.about ?? 0), job.clock());
  await job.save({ verify: progress, verifyRequestedAt: undefined });
}

function outcomeOf(
  job: JobInPreparation,
  ending: Ending,
  claimedAt: number,
  { quota, pace }: JobDependencies,
): Outcome {
  const { state, budget, busy } = job;
  const now = job.clock();
  const unfinished = ending.kind === 'spent' || state.phase === 'backfill' || state.verify !== undefined;
  const quietPolls = busy || unfinished ? 0 : state.quietPolls + 1;
  const common = {
    phase: state.phase,
    historyId: state.historyId,
    copied: state.copied,
    failed: state.failed,
    spends: budget.spends(),
    quietPolls,
    dueClass: state.phase === 'backfill' ? ('more' as const) : ('changes' as const),
    wants: unfinished ? wantsToGoOn(state, quota) : usualWants(quota),
    notBefore: undefined,
    waitsFor: undefined,
    lastSyncAt: ending.kind === 'done' ? now : state.lastSyncAt,
    lastError: undefined,
  };
  if (ending.kind !== 'problem') {
    return { ...common, nextDueAt: claimedAt + (unfinished ? pace.minute : waitAfter(quietPolls, pace)) };
  }
  const { code, options } = ending.problem;
  const failed = { ...common, lastError: { code, at: now } };
  if (pausing.includes(code)) {
    return { ...failed, phase: 'paused', pausedBecause: code, nextDueAt: now };
  }
  // Where Google named a time, it is kept to the letter, whatever was wrong.
  const named = options.retryAfterSeconds === undefined ? undefined : options.retryAfterSeconds * 1_000;
  if (code === 'rate_limited' || named !== undefined) {
    const notBefore = now + (named ?? pace.minute);
    return { ...failed, notBefore, waitsFor: code, nextDueAt: notBefore };
  }
  return { ...failed, quietPolls: state.quietPolls + 1, nextDueAt: now + waitAfter(state.quietPolls, pace) };
}

/** Everything a mailbox may have in a minute; at the end of a backfill, what is left of it, and some more. */
function wantsToGoOn(
  { phase, about, copied, verify: comparison }: MailboxState,
  quota: QuotaProfile,
): number {
  const most = unitsForJobs(quota);
  if (phase !== 'backfill' || about === undefined || comparison !== undefined) return most;
  const left = Math.max(0, about - copied) * 1.1;
  return Math.min(most, Math.ceil(left * quota.prices.getMessage) + 20 * quota.prices.listMessages);
}

/** Enough for a poll that finds a new message or two; a job that finds more asks for more. */
export function usualWants({ prices }: QuotaProfile): number {
  return prices.listHistory + 2 * prices.getMessage;
}
