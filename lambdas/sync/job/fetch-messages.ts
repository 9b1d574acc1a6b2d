import type { CopiedMessage, KnownMessage } from '../../copied-message.ts';
import { Problem } from '../../errors.ts';
import { checkAccountRefusal } from './account-refusal.ts';
import { backOff, backOffAfterFaults, throwIfRetryTimeGiven } from './back-off.ts';
import { recordFailure, recordRefused } from './failed-messages.ts';
import { ClaimLost, type Job } from './job.ts';
import { type PlannedFetch, planFetch, planSingly, type Wanted } from './plan-fetch.ts';
import type { FetchAnswer } from './sync-gmail.ts';

/** Batches start at this many parts; users report refusals inside larger ones. */
export const firstBatchSize = 25;

/** Google discourages more. */
const largestBatch = 50;

/** How often a part that met a fault of Google's is asked for again within a job. */
const maxTries = 3;

/** An answer that did not come. */
const noAnswer: FetchAnswer = { kind: 'again' };

/** A call to be made, and how often it was. */
interface Waiting {
  readonly plan: PlannedFetch;
  readonly tried: number;
}

/** A call that was made, and what came of it. */
interface Answered extends Waiting {
  readonly answer: FetchAnswer;
}

/** How messages that come are brought into a copy that was found to differ. */
export interface Repair {
  /** Whether a message is to be written over a row that claims to be newer. */
  outweighs(message: CopiedMessage, row: KnownMessage): boolean;
  /** Called with each message that is as the copy has it. */
  confirmed(message: CopiedMessage): void;
  /** Told of each message once it is written, with what the copy held of it before. */
  written(message: CopiedMessage, before: KnownMessage | undefined): void;
}

/**
 * Fetches messages, and stores each batch while the next is fetched: the one waits for Google, the other for the
 * tables. No more than that is under way at once, and after a batch that Google did not answer in full nothing is
 * fetched until it is stored. When it returns, every message is stored, gone from Gmail, or recorded as failed.
 *
 * @param how `absent`: they were just read as absent from the copy; `replace`: the copy may hold older states of them;
 *   Mending: what the copy holds is not trusted
 * @param reportGone is given the wanted messages of each batch that Gmail does not have, before the next is fetched
 * @returns the IDs of those that are gone
 * @throws BudgetSpent when units or time run out first, Problem `rate_limited` when Google wants to be left alone
 */
export async function fetchMessages(
  wanted: readonly Wanted[],
  job: Job,
  how: 'absent' | 'replace' | Repair = 'absent',
  reportGone: (ids: readonly string[]) => Promise<void> = async () => {},
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  /** A thread may bring a message that is also asked for alone: it is neither fetched nor counted twice. */
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
      // A time that Google named counts for more than a failed write.
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
    // What fails again and again while Google answers otherwise fails for its own sake.
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

/** One batch of calls, and their answers; none where all is over before there is room for them. */
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
 * Waits for both, since neither may go on behind a job that has ended. Where storing failed, that counts, unless Google
 * named a time: it stands whatever else failed, but for a claim that is lost, without which nothing can be written.
 *
 * @param fetch is told when storing has failed, as for a claim that is lost: then nothing more is to be called
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

/** As many calls as one batch takes and the budget pays for. */
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

/** Stores what came. */
async function store(
  answered: readonly Answered[],
  job: Job,
  how: 'absent' | 'replace' | Repair,
): Promise<void> {
  const wanted = new Set(answered.flatMap(({ plan }) => plan.wanted.map(({ id }) => id)));
  const found = answered.flatMap(({ answer }) => (answer.kind === 'found' ? answer.messages : []));
  const messages = [...new Map(found.map((message) => [message.id, message])).values()];
  // A thread also brings messages that nobody asked for: those may be in the copy already.
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

/** @returns the messages that the copy now holds; those that the table refuses are recorded as failed */
async function addToCopy(messages: readonly CopiedMessage[], job: Job): Promise<readonly CopiedMessage[]> {
  if (messages.length === 0) return [];
  const refused = await job.copy.putAbsent(job.state, messages);
  const added = messages.filter(({ id }) => !refused.has(id));
  job.state = { ...job.state, copied: job.state.copied + added.length };
  job.busy = true;
  await recordRefused(refused, job);
  return added;
}

/** Brings a message of the copy up to date. */
async function updateRow(
  message: CopiedMessage,
  row: KnownMessage,
  job: Job,
  how: 'replace' | Repair,
): Promise<void> {
  // What was only suspected is not written, and so not announced, once more.
  if (how !== 'replace' && isSame(message, row)) {
    how.confirmed(message);
    return;
  }
  const isOlder = how !== 'replace' && message.historyId < row.historyId;
  if (isOlder && !how.outweighs(message, row)) return;
  const outcome = isOlder
    ? await job.copy.overwrite(job.state, message, row.historyId)
    : await job.copy.replace(job.state, message);
  if (outcome === 'refused') await recordRefused(new Set([message.id]), job);
  if (outcome === 'stored' && how !== 'replace') how.written(message, row);
}

function isSame(one: KnownMessage, other: KnownMessage): boolean {
  const labels = new Set(one.labelIds);
  return one.historyId === other.historyId && labels.symmetricDifference(new Set(other.labelIds)).size === 0;
}

/** What must still be asked for: parts that met a fault, and messages that their thread did not bring. */
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
