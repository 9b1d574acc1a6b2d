import { grantProblems, type Problem, type ProblemCode } from '../../errors.ts';
import type { DueClass, MailboxState, Outcome } from '../mailbox/mailbox-state.ts';
import { type SyncPace, waitAfter } from '../mailbox/pace.ts';
import { endOfQuotaDay } from '../mailbox/quota-day.ts';
import { type QuotaProfile, unitsForJobs, unitsOfPoll } from '../mailbox/quota-profile.ts';
import type { Job } from './job.ts';

/** How a job ended: done, out of units or time, or with a problem. */
export type Ending =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'spent';
      /** Units of known work that is not done. */
      readonly needs: number;
      /** Whether a larger grant would have let it continue. */
      readonly isGrantSpent: boolean;
    }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Problems that only the user or an administrator can fix: the mailbox waits for a new consent. */
export const pausingProblems: readonly ProblemCode[] = ['login_required', ...grantProblems];

/** How often Gmail may refuse every message before the mailbox is paused: after some quarters of an hour. */
const maxRefusals = 5;

/** How often the wait doubles after a refusal without a retry time: up to 64 minutes. */
const maxDoublings = 6;

/** More quiet polls than this do not lengthen the wait. */
const maxQuietPolls = 20;

/**
 * The outcome of a job for its mailbox.
 *
 * @param before the mailbox as the job found it
 * @param claimedAt the tick that admitted it: the next job is due whole minutes after it
 */
export function outcomeOf(
  job: Omit<Job, 'gmail'>,
  before: MailboxState,
  ending: Ending,
  claimedAt: number,
  {
    quota,
    pace,
    random = Math.random,
  }: { readonly quota: QuotaProfile; readonly pace: SyncPace; readonly random?: (() => number) | undefined },
): Omit<Outcome, 'spends' | 'quietPoll'> {
  const { state, busy } = job;
  const now = job.clock();
  const unfinished = ending.kind === 'spent' || state.phase === 'backfill' || state.verify !== undefined;
  const quietPolls = busy || unfinished ? 0 : nextQuietPolls(state);
  const common = {
    phase: state.phase,
    historyId: state.historyId,
    copied: state.copied,
    failed: state.failed,
    // A comparison whose write's answer was lost is unknown to the job, and must not be removed.
    ...(state.verify !== undefined && { verify: state.verify }),
    batchSize: job.batchSize,
    quietPolls,
    dueClass: classOfNext(state),
    wants: wantsOfNext(state, before, ending, quota),
    notBefore: undefined,
    waitsFor: undefined,
    historyFailures: state.historyFailures,
    refusals: undefined,
    // Only a job that had time to try all of them again knows that Gmail no longer refuses them.
    messagesRefused: ending.kind === 'done' ? undefined : state.messagesRefused,
    lastSyncAt: ending.kind === 'done' ? now : state.lastSyncAt,
    lastError: undefined,
  };
  if (ending.kind !== 'problem') {
    const isBacklog = state.phase === 'live' && state.verify === undefined;
    // It knows its needs, and its own minute has room: it is due as soon as the project's minute has room, too.
    if (ending.kind === 'spent' && ending.isGrantSpent && isBacklog) return { ...common, nextDueAt: now };
    return { ...common, nextDueAt: claimedAt + (unfinished ? pace.minute : waitAfter(quietPolls, pace)) };
  }
  const { code, options } = ending.problem;
  const failed = { ...common, lastError: { code, at: now } };
  if (pausingProblems.includes(code)) {
    return { ...failed, phase: 'paused', pausedBecause: code, nextDueAt: now };
  }
  const isRefusal = code === 'rate_limited' || code === 'messages_refused';
  // Google's retry time is always kept, whatever the problem was.
  const retryAfter = options.retryAfterSeconds === undefined ? undefined : options.retryAfterSeconds * 1_000;
  if (!isRefusal && retryAfter === undefined) {
    return {
      ...failed,
      quietPolls: nextQuietPolls(state),
      nextDueAt: now + waitAfter(state.quietPolls, pace),
    };
  }
  const hasNoRetryTime = retryAfter === undefined && options.projectQuota === undefined;
  const refusals = (state.refusals ?? 0) + (hasNoRetryTime ? 1 : 0);
  if (code === 'messages_refused' && refusals > maxRefusals) {
    return { ...failed, refusals, phase: 'paused', pausedBecause: code, nextDueAt: now };
  }
  const notBefore =
    retryAfter === undefined
      ? backOffUntil(refusals, options.projectQuota, now, pace, random)
      : now + retryAfter;
  return { ...failed, refusals, notBefore, waitsFor: code, nextDueAt: notBefore };
}

/**
 * When the next call may be made if Google gave no retry time: the wait doubles with each refused job, up to an hour or
 * so, plus a random part that spreads mailboxes. After a refusal of the project's day, when that day ends.
 */
function backOffUntil(
  refusals: number,
  projectQuota: 'minute' | 'day' | undefined,
  now: number,
  pace: SyncPace,
  random: () => number,
): number {
  if (projectQuota === 'day') return endOfQuotaDay(now);
  const doublings = projectQuota === 'minute' ? 0 : Math.min(refusals - 1, maxDoublings);
  const wait = pace.minute * 2 ** doublings;
  return now + Math.ceil(wait + (wait / 2) * random());
}

function classOfNext({ phase, verify: comparison }: MailboxState): DueClass {
  if (phase === 'backfill') return 'more';
  return comparison === undefined ? 'changes' : 'verify';
}

function nextQuietPolls({ quietPolls }: MailboxState): number {
  return Math.min(quietPolls + 1, maxQuietPolls);
}

/**
 * The units that the next job can use: a poll needs what the last one left undone, and enough for one or two new
 * messages; a backfill needs its minute.
 */
function wantsOfNext(state: MailboxState, before: MailboxState, ending: Ending, quota: QuotaProfile): number {
  const needs = ending.kind === 'spent' ? ending.needs : 0;
  const poll = unitsOfPoll(quota) + needs;
  const comparison = unitsToVerify(state, quota);
  // If the grant was too small, twice as much.
  const more =
    comparison > 0 && ending.kind === 'spent' && ending.isGrantSpent ? 2 * (before.claim?.units ?? 0) : 0;
  const wants = state.phase === 'backfill' ? wantsOfBackfill(state, quota) : Math.max(poll, comparison, more);
  return Math.min(wants, unitsForJobs(quota));
}

/** Labels of a typical message, and labels of a mailbox with short lists. */
const [labelsOfMessage, shortLabels] = [4, 30];
const listPage = 500;

/**
 * The approximate cost of the running comparison's lists: all messages, and those of each label, at least a page each.
 */
function unitsToVerify({ copied, verify }: MailboxState, { prices }: QuotaProfile): number {
  if (verify === undefined) return 0;
  const pagesOfAll = Math.ceil(copied / listPage);
  const pages =
    verify.because === 'first_copy' ? pagesOfAll : pagesOfAll * (1 + labelsOfMessage) + shortLabels;
  return prices.listLabels + pages * prices.listMessages;
}

/** All that a mailbox may use in a minute; at the end, enough for the rest and some more. */
function wantsOfBackfill(
  { about, copied, verify: comparison }: MailboxState,
  { prices, ...quota }: QuotaProfile,
): number {
  if (about === undefined || comparison !== undefined) return unitsForJobs(quota);
  const left = Math.max(0, about - copied) * 1.1;
  return Math.ceil(left * prices.getMessage) + 20 * prices.listMessages;
}
