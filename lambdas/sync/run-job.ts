import { setTimeout as delay } from 'node:timers/promises';
import { type AnnounceDependencies, createAnnouncer } from '../changes/announce-changes.ts';
import type { FeedReader } from '../changes/feed.ts';
import type { CopyStore, MailboxKey } from '../copied-message.ts';
import { Problem, type ProblemCode } from '../errors.ts';
import { describeError, type Logger } from '../log.ts';
import type { UsageStore } from './dispatch/usage.ts';
import { Announcements } from './job/announcements.ts';
import { backfill } from './job/backfill.ts';
import { nextBackfillPace } from './job/backfill-pace.ts';
import { announceCaughtUp } from './job/caught-up.ts';
import { recountIfDue } from './job/copy-count.ts';
import { failedMessages } from './job/failed-messages.ts';
import { firstBatchSize } from './job/fetch-messages.ts';
import { followHistory } from './job/follow-history.ts';
import { ClaimLost, type Job } from './job/job.ts';
import { type Ending, outcomeOf, pausingProblems } from './job/job-outcome.ts';
import { LabelNames } from './job/label-names.ts';
import { type LiveUnitsReader, unitsBesideLive, wantsBesideLive } from './job/live-share.ts';
import { retryFailed } from './job/retry-failed.ts';
import type { SyncGmail } from './job/sync-gmail.ts';
import { BudgetSpent, charged, createUnitBudget } from './job/unit-budget.ts';
import { announceConnectedOnce, type FindGrant } from './mailbox/announce.ts';
import type { Claim, MailboxState, MailboxStore } from './mailbox/mailbox-state.ts';
import type { SyncPace } from './mailbox/pace.ts';
import { ledgerAfterJob, ledgerBeforeJob, ledgerOfRedelivery } from './mailbox/quota-ledger.ts';
import { type QuotaProfile, unitsForJobs, unitsOfPoll } from './mailbox/quota-profile.ts';
import { startVerify } from './mailbox/start-verify.ts';
import type { SyncMessage } from './mailbox/sync-queue.ts';
import { applyTransition, finished, resumed } from './mailbox/transitions.ts';
import { saveListErrors } from './verify/list-errors.ts';
import { verify } from './verify/verify.ts';
import { isVerifySlotDue } from './verify/verify-slot.ts';

/** The change feed as a worker writes it. */
interface JobFeed extends AnnounceDependencies {
  readonly feed: AnnounceDependencies['feed'] & Pick<FeedReader, 'read'>;
}

interface JobDependencies {
  readonly mailboxes: Pick<MailboxStore, 'find' | 'saveProgress' | 'finish' | 'change'>;
  readonly copy: CopyStore;
  /**
   * Opens Gmail for the grant of this generation.
   *
   * @param chargeAgain called before a call is repeated with a new access token
   * @throws Problem `login_required` if there is no such grant, `grant_revoked`, `client_changed`,
   * `insufficient_scope`, or what reaching Google, the vault or the tables throws
   */
  readonly openGmail: (mailbox: MailboxKey, chargeAgain: () => Promise<void>) => Promise<SyncGmail>;
  readonly changes: JobFeed;
  readonly findGrant: FindGrant;
  readonly usage: Pick<UsageStore, 'slowDown'>;
  /** undefined: there are no live calls. */
  readonly live?: LiveUnitsReader;
  readonly quota: QuotaProfile;
  readonly pace: SyncPace;
  /** Messages that a comparison holds at a time. */
  readonly verifyGroup?: number | undefined;
  readonly log: Logger;
  readonly clock?: () => number;
  readonly random?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

export interface JobRun {
  /** When the function is stopped, epoch milliseconds. */
  readonly endsAt: number;
  /** How often the queue has delivered the message, this time included: more than once after a worker died. */
  readonly delivery?: number | undefined;
}

/** Time reserved at the end of a job (milliseconds): for Gmail's slowest answer and the writes after it. */
const reserve = 12_000;

/**
 * Runs one job of one mailbox: changes first, then failed messages, then the rest of the backfill or of a comparison.
 * It acts only while its job ID and generation hold the claim, so redriven, late and duplicate messages do nothing. Any
 * problem is stored in the mailbox's row, and does not go back to the queue.
 *
 * @throws Problem `storage_unavailable` if not even that could be stored
 */
export async function runJob(
  message: SyncMessage & { readonly kind: 'sync' },
  run: JobRun,
  dependencies: JobDependencies,
): Promise<void> {
  const { mailboxes, log, pace } = dependencies;
  const found = await mailboxes.find(message.accountId);
  if (found?.generation !== message.generation || found.claim?.jobId !== message.jobId) {
    log.info({ event: 'job without a claim', accountId: message.accountId });
    return;
  }
  const { claim } = found;
  try {
    const state = await recordDeliveries(found, claim, run.delivery ?? 1, mailboxes);
    const limit = await minuteLimit(state, claim, dependencies);
    const job = prepare(state, claim, run, limit, dependencies);
    const ending = await runSteps(job, run, dependencies);
    const unlimited = outcomeOf(job, found, ending, claim.claimedAt, dependencies);
    // The next claim reserves no more than its job can use, and live calls see what it leaves.
    const left = { ...unlimited, wants: wantsBesideLive(unlimited.wants, limit, dependencies.quota) };
    const outcome = {
      ...left,
      ...ledgerAfterJob(found, claim, job.budget.spends(), left, pace.minute),
      recountAt: job.state.recountAt,
      labelsAt: await job.labelNames.labelsAt(job),
      toldSince: await job.announcements.markAfterJob(job.copy, () => failedMessages(job)),
      backfillPace: nextBackfillPace(state, job.state, { ending, claimedAt: claim.claimedAt, pace }),
    };
    await saveListErrors(job);
    if (left.phase === 'paused' && ending.kind === 'problem') await announcePause(ending.problem.code, job);
    if (isProjectRefusal(ending) && left.notBefore !== undefined)
      await dependencies.usage.slowDown(left.notBefore);
    const isFinished = await mailboxes.finish(state, claim, finished(outcome, claim.claimedAt));
    if (isFinished && ending.kind === 'problem') await resumeIfFixed(ending.problem, job, dependencies);
  } catch (error) {
    if (!(error instanceof ClaimLost)) throw error;
    log.info({ event: 'claim lost', accountId: message.accountId });
  }
}

/**
 * Stores what earlier deliveries of the job may have spent before their workers died.
 *
 * @returns the mailbox as its row then is
 * @throws ClaimLost
 */
async function recordDeliveries(
  state: MailboxState,
  claim: Claim,
  delivery: number,
  mailboxes: JobDependencies['mailboxes'],
): Promise<MailboxState> {
  const spends = ledgerOfRedelivery(state.spends, claim, delivery);
  if (spends === state.spends) return state;
  // A dispatcher that read the earlier entries must not get the mailbox.
  const progress = { spends, nextDueAt: state.nextDueAt + 1 };
  if (!(await mailboxes.saveProgress(state, claim.jobId, progress))) throw new ClaimLost();
  return { ...state, ...progress };
}

/** The units that may be spent in any trailing minute of the mailbox. A usual poll fits beside live calls anyway. */
async function minuteLimit(
  mailbox: MailboxState,
  { units }: Claim,
  { quota, live, pace, log, clock = Date.now }: JobDependencies,
): Promise<number> {
  if (live === undefined || units <= unitsOfPoll(quota)) return unitsForJobs(quota);
  try {
    return await unitsBesideLive(mailbox, clock(), pace.minute, { quota, live });
  } catch (error) {
    const { accountId } = mailbox;
    log.warn({ event: 'live units not read', accountId, ...describeError(error) });
    return unitsForJobs(quota);
  }
}

/** When the job must stop calling Gmail, epoch milliseconds. */
function workEnd({ endsAt }: JobRun, now: number): number {
  return endsAt - Math.min(reserve, (endsAt - now) / 2);
}

type JobInPreparation = Omit<Job, 'gmail'> & { gmail?: SyncGmail };

function prepare(
  state: MailboxState,
  claim: Claim,
  run: JobRun,
  limit: number,
  { copy, changes, findGrant, quota, pace, log, mailboxes, ...given }: JobDependencies,
): JobInPreparation {
  const { clock = Date.now, sleep = delay } = given;
  const budget = createUnitBudget({
    grant: claim.units,
    limit,
    past: ledgerBeforeJob(state),
    minute: pace.minute,
    endsAt: workEnd(run, clock()),
    clock,
    sleep,
  });
  const announcements = new Announcements({
    mailbox: state,
    feed: changes.feed,
    announce: createAnnouncer(state, async () => (await findGrant(state))?.owner, { ...changes, clock }),
    toldSince: state.toldSince,
    save: (progress) => job.save(progress),
    clock,
  });
  const job: JobInPreparation = {
    copy,
    announcements,
    labelNames: new LabelNames(),
    budget,
    prices: quota.prices,
    log,
    clock,
    sleep,
    minute: pace.minute,
    batchSize: state.batchSize ?? firstBatchSize,
    busy: false,
    state,
    save: async (progress) => {
      if (!(await mailboxes.saveProgress(job.state, claim.jobId, progress))) throw new ClaimLost();
      job.state = { ...job.state, ...progress };
    },
  };
  return job;
}

async function runSteps(
  preparation: JobInPreparation,
  run: JobRun,
  { openGmail, changes, findGrant, pace, verifyGroup }: JobDependencies,
): Promise<Ending> {
  try {
    const { historyId, phase } = preparation.state;
    const isFirst = historyId === undefined;
    if (isFirst) await announceConnectedOnce(preparation.state, changes, findGrant);
    const now = preparation.clock();
    await recountIfDue(preparation, (now + workEnd(run, now)) / 2);
    const job = Object.assign(preparation, {
      gmail: await openGmail(preparation.state, preparation.budget.chargeAgain),
    });
    await followHistory(job);
    await retryFailed(job);
    await backfill(job);
    if (isVerifyDue(job.state, job.clock(), pace)) await beginVerify(job);
    // The comparison after a backfill is paid from the share of comparisons: by the next job.
    if (phase === 'live') await verify(job, verifyGroup);
    await announceCaughtUp(job);
    await job.labelNames.refresh(job);
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof ClaimLost) throw error;
    if (error instanceof BudgetSpent) {
      return { kind: 'spent', needs: error.needs, isGrantSpent: error.isGrantSpent };
    }
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

/** Announces why the mailbox will be paused. If the grant is gone, the erasure that follows announces it. */
async function announcePause(code: ProblemCode, { announcements }: JobInPreparation): Promise<void> {
  if (code === 'login_required') return;
  if (code === 'grant_revoked') await announcements.announce({ type: 'grant_revoked' });
  await announcements.announce({ type: 'paused', reason: code });
}

/** Whether Google refused the whole project: the dispatcher must know. */
function isProjectRefusal(ending: Ending): boolean {
  return ending.kind === 'problem' && ending.problem.options.projectQuota !== undefined;
}

/** Problems that opening Gmail shows again, unless a consent has fixed them. */
const fixedByConsent: readonly ProblemCode[] = [
  'login_required',
  'grant_revoked',
  'grant_unreadable',
  'client_changed',
];

/**
 * Resumes a mailbox that was just paused, if a consent has fixed its grant. A consent stores the grant before it looks
 * for a paused mailbox, and a job pauses before it looks at the grant: so one of the two sees the other.
 */
async function resumeIfFixed(
  { code }: Problem,
  job: JobInPreparation,
  { openGmail, mailboxes }: JobDependencies,
): Promise<void> {
  // If Gmail itself refused, as for a missing scope, the grant may open all the same.
  const canShowFix = fixedByConsent.includes(code) || job.gmail === undefined;
  if (!pausingProblems.includes(code) || !canShowFix) return;
  try {
    await openGmail(job.state, job.budget.chargeAgain);
  } catch (error) {
    if (error instanceof Problem && pausingProblems.includes(error.code)) return;
  }
  // If opening failed for another reason, the next job will find out.
  await applyTransition(job.state, resumed(job.clock()), mailboxes);
}

function isVerifyDue(
  { phase, verify: running, ...state }: MailboxState,
  now: number,
  pace: SyncPace,
): boolean {
  if (phase !== 'live') return false;
  const isRequested = state.verifyRequestedAt !== undefined;
  // A requested comparison covers more than the set of messages.
  if (running !== undefined) return isRequested && running.because === 'first_copy';
  return isRequested || isVerifySlotDue(state, now, pace.verifyEvery);
}

/** Begins a comparison. The profile comes first, since it renews the account's address. */
async function beginVerify(job: Job): Promise<void> {
  await charged(job, job.prices.getProfile, () => job.gmail.getProfile());
  const because = job.state.verifyRequestedAt === undefined ? 'schedule' : 'requested';
  await job.save({
    verify: startVerify(because, job.clock(), job.state.verify?.found),
    verifyRequestedAt: undefined,
  });
}
