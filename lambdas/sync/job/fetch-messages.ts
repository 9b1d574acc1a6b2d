import type { CopiedMessage, KnownMessage } from '../../copied-message.ts';
import { Problem } from '../../errors.ts';
import { checkAccountRefusal } from './account-refusal.ts';
import { backOff, backOffAfterFaults, throwIfRetryTimeGiven } from './back-off.ts';
import { recordFailure, recordRefused } from './failed-messages.ts';
import { ClaimLost, type Job } from './job.ts';
import { type PlannedFetch, planFetch, planSingly, type WantedMessage } from './plan-fetch.ts';
import type { FetchAnswer } from './sync-gmail.ts';
import { addMessages, rewriteMessage } from './write-copy.ts';

/** The first batch size; users report refusals inside larger batches. */
export const firstBatchSize = 25;

/** Google advises against more. */
const largestBatch = 50;

/** How often a part with a fault of Google's is tried within a job. */
const maxTries = 3;

const noAnswer: FetchAnswer = { kind: 'again' };

interface Waiting {
  readonly plan: PlannedFetch;
  readonly tried: number;
}

interface Answered extends Waiting {
  readonly answer: FetchAnswer;
}

/** How fetched messages repair a copy that was found to differ. */
export interface Repair {
  /** Whether to overwrite a row that claims to be newer than the message. */
  outweighs(message: CopiedMessage, row: KnownMessage): boolean;
  /** Called for each message that equals the copied one. */
  confirmed(message: CopiedMessage): void;
  /** Called for each message once it is written, with its row before. */
  written(message: CopiedMessage, before: KnownMessage | undefined): void;
}

/**
 * Fetches messages, and stores each batch while it fetches the next. Not more than that runs at once, and after a batch
 * that Google did not answer in full, nothing is fetched until it is stored. When it returns, every message is stored,
 * gone from Gmail, or recorded as failed.
 *
 * @param how `absent`: they were just read as absent from the copy; `replace`: the copy may contain older states;
 * Repair: the copy is not trusted
 * @param reportGone called with the messages of each batch that Gmail does not have, before the next is fetched
 * @returns the IDs of messages that are gone
 * @throws BudgetSpent if units or time run out first, Problem `rate_limited` if Google limits the rate
 */
export async function fetchMessages(
  wanted: readonly WantedMessage[],
  job: Job,
  how: 'absent' | 'replace' | Repair = 'absent',
  reportGone: (ids: readonly string[]) => Promise<void> = async () => {},
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  /** A thread may contain a message that is also requested alone: it is neither fetched nor counted twice. */
  const received = new Set<string>();
  const isNeeded = ({ plan: { request } }: { readonly plan: PlannedFetch }) =>
    request.kind === 'thread' || !received.has(request.id);
  let queue: readonly Waiting[] = planFetch(wanted, job.prices).map((plan) => ({ plan, tried: 0 }));
  let unstored: readonly Answered[] = [];
  let backOffs = 0;
  let faultyBatches = 0;
  while (queue.length > 0) {
    const answered = await storeWhileFetching(store(unstored, job, how), (hasStoringFailed) =>
      fetchNext(queue, job, hasStoringFailed),
    );
    unstored = answered;
    queue = queue.slice(answered.length);
    for (const { answer } of answered) {
      if (answer.kind === 'found') for (const { id } of answer.messages) received.add(id);
    }
    const goneNow = answered.flatMap(({ plan, answer }) =>
      answer.kind === 'gone' && plan.request.kind === 'message' ? plan.request.id : [],
    );
    for (const id of goneNow) gone.add(id);
    try {
      await reportGone(goneNow);
    } catch (error) {
      // Google's retry time counts for more than a failed write.
      if (!(error instanceof ClaimLost)) throwIfRetryTimeGiven(answersOf(answered));
      throw error;
    }
    const isComplete = answered.every(({ answer }) => answer.kind !== 'again' && answer.kind !== 'limited');
    if (!isComplete) {
      await storeWhileFetching(store(unstored, job, how), async () => answered);
      unstored = [];
    }
    const isSingle = answered.length === 1;
    const wereSomeAnswered = answered.some(({ answer }) => answer.kind !== 'again');
    const left = answered
      .flatMap(({ plan, tried, answer }) =>
        remainder(plan, answer, job).map((rest) => ({
          plan: rest,
          tried: tried + (isSingle || wereSomeAnswered ? 1 : 0),
        })),
      )
      .filter(isNeeded);
    if (answered.every(({ answer }) => answer.kind === 'again')) {
      faultyBatches += 1;
      await backOffAfterFaults(answered.length, faultyBatches, job);
    }
    // A message that keeps failing while Google answers other calls is at fault itself.
    for (const { plan } of left.filter(({ tried }) => tried >= maxTries)) {
      for (const { id } of plan.wanted) await recordFailure(id, 'Gmail failed on it again and again', job);
    }
    const limited = answered.filter(({ answer }) => answer.kind === 'limited');
    if (limited.length > 0) {
      backOffs += 1;
      await backOff(answersOf(answered), backOffs, job);
    } else if (faultyBatches === 0) job.batchSize = Math.min(job.batchSize + 1, largestBatch);
    queue = [...queue, ...left.filter(({ tried }) => tried < maxTries), ...limited].filter(isNeeded);
  }
  await store(unstored, job, how);
  return gone;
}

/** One batch of calls, and their answers; none if storing has failed meanwhile. */
async function fetchNext(
  queue: readonly Waiting[],
  job: Job,
  hasStoringFailed: () => boolean,
): Promise<readonly Answered[]> {
  const batch = await nextBatch(queue, job);
  if (hasStoringFailed()) return [];
  const units = batch.reduce((sum, { plan }) => sum + plan.units, 0);
  const requests = batch.map(({ plan }) => plan.request);
  const answers = await job.budget.spend(units, () => job.gmail.fetch(requests));
  await checkAccountRefusal(requests, answers, job);
  return batch.map((waiting, index) => ({ ...waiting, answer: answers[index] ?? noAnswer }));
}

/**
 * Waits for both, since neither may continue after the job has ended. If storing failed, its error is thrown. Google's
 * retry time takes precedence over any error but ClaimLost, after which nothing can be written.
 *
 * @param fetch receives whether storing has failed: then it makes no further call
 */
async function storeWhileFetching(
  storing: Promise<void>,
  fetch: (hasStoringFailed: () => boolean) => Promise<readonly Answered[]>,
): Promise<readonly Answered[]> {
  let hasStoringFailed = false;
  storing.catch(() => {
    hasStoringFailed = true;
  });
  const [stored, fetched] = await Promise.allSettled([storing, fetch(() => hasStoringFailed)]);
  if (stored.status === 'rejected') {
    if (stored.reason instanceof ClaimLost) throw stored.reason;
    if (fetched.status === 'fulfilled') throwIfRetryTimeGiven(answersOf(fetched.value));
    throw fetched.status === 'rejected' && givesRetryTime(fetched.reason) ? fetched.reason : stored.reason;
  }
  if (fetched.status === 'rejected') throw fetched.reason;
  return fetched.value;
}

function givesRetryTime(error: unknown): boolean {
  return error instanceof Problem && error.options.retryAfterSeconds !== undefined;
}

function answersOf(answered: readonly Answered[]): FetchAnswer[] {
  return answered.map(({ answer }) => answer);
}

/** As many calls as fit one batch and the budget. */
async function nextBatch(queue: readonly Waiting[], job: Job): Promise<readonly Waiting[]> {
  const candidates = queue.slice(0, job.batchSize);
  const min = candidates[0]?.plan.units ?? 0;
  const max = candidates.reduce((sum, { plan }) => sum + plan.units, 0);
  const known = queue.reduce((sum, { plan }) => sum + plan.units, 0);
  let room = await job.budget.room(min, max, known);
  const end = candidates.findIndex(({ plan }) => {
    room -= plan.units;
    return room < 0;
  });
  return end === -1 ? candidates : candidates.slice(0, end);
}

async function store(
  answered: readonly Answered[],
  job: Job,
  how: 'absent' | 'replace' | Repair,
): Promise<void> {
  const wanted = new Set(answered.flatMap(({ plan }) => plan.wanted.map(({ id }) => id)));
  const found = answered.flatMap(({ answer }) => (answer.kind === 'found' ? answer.messages : []));
  const messages = [...new Map(found.map((message) => [message.id, message])).values()];
  // A thread also contains messages that were not requested: those may be in the copy already.
  const others = messages.filter(({ id }) => how !== 'absent' || !wanted.has(id)).map(({ id }) => id);
  const known =
    others.length === 0 ? new Map<string, KnownMessage>() : await job.copy.findKnown(job.state, others);
  const absent = messages.filter(({ id }) => !known.has(id));
  const added = await addToCopy(absent, job);
  if (typeof how === 'object') for (const message of added) how.written(message, undefined);
  if (how !== 'absent') {
    for (const message of messages) {
      const row = known.get(message.id);
      if (row !== undefined) await updateRow(message, row, job, how);
    }
  }
  for (const { answer } of answered) {
    if (answer.kind !== 'found') continue;
    for (const { id, reason } of answer.unreadable) await recordFailure(id, reason, job);
  }
  for (const { plan, answer } of answered) {
    if (answer.kind !== 'refused' || plan.request.kind !== 'message') continue;
    await recordFailure(plan.request.id, answer.reason, job);
  }
}

/** @returns the messages that are now in the copy; those that the table refuses are recorded as failed */
async function addToCopy(messages: readonly CopiedMessage[], job: Job): Promise<readonly CopiedMessage[]> {
  if (messages.length === 0) return [];
  const refused = await addMessages(messages, job);
  const added = messages.filter(({ id }) => !refused.has(id));
  job.state = { ...job.state, copied: job.state.copied + added.length };
  job.busy = true;
  await recordRefused(refused, job);
  return added;
}

async function updateRow(
  message: CopiedMessage,
  row: KnownMessage,
  job: Job,
  how: 'replace' | Repair,
): Promise<void> {
  // A message that is as the copy has it is neither written nor announced again.
  if (how !== 'replace' && isSame(message, row)) {
    how.confirmed(message);
    return;
  }
  const isOlder = message.historyId < row.historyId;
  if (isOlder && (how === 'replace' || !how.outweighs(message, row))) return;
  const outcome = await rewriteMessage(message, row, job);
  if (outcome === 'refused') await recordRefused(new Set([message.id]), job);
  if (outcome === 'stored' && how !== 'replace') how.written(message, row);
}

function isSame(one: KnownMessage, other: KnownMessage): boolean {
  const labels = new Set(one.labelIds);
  return one.historyId === other.historyId && labels.symmetricDifference(new Set(other.labelIds)).size === 0;
}

/** What must still be fetched: parts with a fault, and messages that their thread did not contain. */
function remainder(plan: PlannedFetch, answer: FetchAnswer, job: Job): PlannedFetch[] {
  if (answer.kind === 'again') return [plan];
  if (plan.request.kind === 'message' || answer.kind === 'limited') return [];
  const received =
    answer.kind === 'found'
      ? new Set([...answer.messages, ...answer.unreadable].map(({ id }) => id))
      : new Set<string>();
  return planSingly(
    plan.wanted.filter(({ id }) => !received.has(id)),
    job.prices,
  );
}
