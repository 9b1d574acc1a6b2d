import type { CopiedMessage, KnownMessage } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import { recordFailure } from './failed-messages.ts';
import { charged, type Job } from './job.ts';
import { type PlannedFetch, planFetch, planSingly, type Wanted } from './plan-fetch.ts';
import type { FetchAnswer } from './sync-gmail.ts';

/** Batches start at this many parts; users report refusals inside larger ones. */
export const firstBatchSize = 25;

/** Google discourages more. */
const largestBatch = 50;

/** How often a part that met a fault of Google's is asked for again within a job. */
const tries = 3;

/** An answer that did not come. */
const lost: FetchAnswer = { kind: 'again' };

/** How often a job slows down before it ends. */
const slowdowns = 3;

/** How messages that come are brought into a copy that was found to differ. */
export interface Mending {
  /** Whether a message is to be written over a row that claims to be newer. */
  outweighs(message: CopiedMessage, row: KnownMessage): boolean;
  /** Told of each message once it is written, with what the copy held of it before. */
  written(message: CopiedMessage, before: KnownMessage | undefined): void;
}

/**
 * Fetches messages, and stores each batch before the next is asked for. When it returns, every one of them is stored,
 * gone from Gmail, or recorded as failed.
 *
 * @param how `absent`: they were just read as absent from the copy; `replace`: the copy may hold older states of them;
 *   Mending: what the copy holds is not trusted
 * @returns the IDs of those that are gone
 * @throws BudgetSpent when units or time run out first, Problem `rate_limited` when Google wants to be left alone
 */
export async function fetchMessages(
  wanted: readonly Wanted[],
  job: Job,
  how: 'absent' | 'replace' | Mending = 'absent',
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  /** A thread may bring a message that is also asked for alone: it is neither fetched nor counted twice. */
  const brought = new Set<string>();
  const isLacking = ({ plan: { request } }: { readonly plan: PlannedFetch }) =>
    request.kind === 'thread' || !brought.has(request.id);
  let queue = planFetch(wanted, job.prices).map((plan) => ({ plan, tried: 0 }));
  let slowed = 0;
  let troubles = 0;
  while (queue.length > 0) {
    const batch = await nextBatch(queue, job);
    queue = queue.slice(batch.length);
    const units = batch.reduce((sum, { plan }) => sum + plan.units, 0);
    const requests = batch.map(({ plan }) => plan.request);
    const answers = await job.budget.spend(units, () => job.gmail.fetch(requests));
    const answered = batch.map((entry, index) => ({ ...entry, answer: answers[index] ?? lost }));
    try {
      await store(answered, job, how);
    } catch (error) {
      throwIfTimeIsNamed(answers);
      throw error;
    }
    for (const { plan, answer } of answered) {
      if (answer.kind === 'found') for (const { id } of answer.messages) brought.add(id);
      if (answer.kind === 'gone' && plan.request.kind === 'message') gone.add(plan.request.id);
    }
    const alone = batch.length === 1;
    const helped = answered.some(({ answer }) => answer.kind !== 'again');
    const left = answered
      .flatMap(({ plan, tried, answer }) =>
        remainder(plan, answer, job).map((rest) => ({
          plan: rest,
          tried: tried + (alone || helped ? 1 : 0),
        })),
      )
      .filter(isLacking);
    if (answered.every(({ answer }) => answer.kind === 'again')) {
      troubles += 1;
      await suspectGoogle(batch.length, troubles, job);
    }
    // What fails again and again while Google answers otherwise fails for its own sake.
    for (const { plan } of left.filter(({ tried }) => tried >= tries)) {
      for (const { id } of plan.wanted) await recordFailure(id, 'Gmail failed on it again and again', job);
    }
    const limited = answered.filter(({ answer }) => answer.kind === 'limited');
    if (limited.length > 0) {
      slowed += 1;
      await slowDown(answers, slowed, job);
    } else if (troubles === 0) job.batchSize = Math.min(job.batchSize + 1, largestBatch);
    queue = [...queue, ...left.filter(({ tried }) => tried < tries), ...limited].filter(isLacking);
  }
  return gone;
}

/** As many calls as one batch takes and the budget pays for. */
async function nextBatch(
  queue: readonly { plan: PlannedFetch; tried: number }[],
  job: Job,
): Promise<{ plan: PlannedFetch; tried: number }[]> {
  const candidates = queue.slice(0, job.batchSize);
  const least = candidates[0]?.plan.units ?? 0;
  const most = candidates.reduce((sum, { plan }) => sum + plan.units, 0);
  let room = await job.budget.room(least, most);
  const end = candidates.findIndex(({ plan }) => {
    room -= plan.units;
    return room < 0;
  });
  return end === -1 ? candidates : candidates.slice(0, end);
}

/** Stores what came, before anything else is asked. */
async function store(
  answered: readonly { plan: PlannedFetch; answer: FetchAnswer }[],
  job: Job,
  how: 'absent' | 'replace' | Mending,
): Promise<void> {
  const wanted = new Set(answered.flatMap(({ plan }) => plan.wanted.map(({ id }) => id)));
  const found = answered.flatMap(({ answer }) => (answer.kind === 'found' ? answer.messages : []));
  const messages = [...new Map(found.map((message) => [message.id, message])).values()];
  // A thread also brings messages that nobody asked for: those may be in the copy already.
  const others = messages.filter(({ id }) => how !== 'absent' || !wanted.has(id)).map(({ id }) => id);
  const known =
    others.length === 0 ? new Map<string, KnownMessage>() : await job.copy.findKnown(job.state, others);
  const absent = messages.filter(({ id }) => !known.has(id));
  if (absent.length > 0) await addToCopy(absent, job);
  if (typeof how === 'object') for (const message of absent) how.written(message, undefined);
  if (how !== 'absent') {
    for (const message of messages) {
      const row = known.get(message.id);
      if (row !== undefined) await renew(message, row, job, how);
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

async function addToCopy(messages: readonly CopiedMessage[], job: Job): Promise<void> {
  await job.copy.putAbsent(job.state, messages);
  job.state = { ...job.state, copied: job.state.copied + messages.length };
  job.busy = true;
}

/** Brings a message of the copy up to date. */
async function renew(
  message: CopiedMessage,
  row: KnownMessage,
  job: Job,
  how: 'replace' | Mending,
): Promise<void> {
  if (how === 'replace') {
    await job.copy.replace(job.state, message);
    return;
  }
  const isOlder = message.historyId < row.historyId;
  if (isOlder && !how.outweighs(message, row)) return;
  const written = isOlder
    ? await job.copy.overwrite(job.state, message, row.historyId)
    : await job.copy.replace(job.state, message);
  if (written) how.written(message, row);
}

/** What must still be asked for: parts that met a fault, and messages that their thread did not bring. */
function remainder(plan: PlannedFetch, answer: FetchAnswer, job: Job): PlannedFetch[] {
  if (answer.kind === 'again') return [plan];
  if (plan.request.kind === 'message' || answer.kind === 'limited') return [];
  const brought =
    answer.kind === 'found'
      ? new Set([...answer.messages, ...answer.unreadable].map(({ id }) => id))
      : new Set<string>();
  return planSingly(
    plan.wanted.filter(({ id }) => !brought.has(id)),
    job.prices,
  );
}

/**
 * A whole batch met faults: smaller ones after a pause, or no more in this job. A single message is to blame itself
 * only if Google answers something else.
 */
async function suspectGoogle(parts: number, troubles: number, job: Job): Promise<void> {
  if (parts === 1) await charged(job, job.prices.getProfile, () => job.gmail.getProfile());
  else if (troubles > slowdowns) throw new Problem('google_unavailable');
  job.batchSize = Math.max(1, Math.floor(job.batchSize / 2));
  await job.sleep(job.minute / 60);
}

/** Smaller batches after a pause; or, where Google named a time or does not relent, no more in this job. */
async function slowDown(answers: readonly FetchAnswer[], slowed: number, job: Job): Promise<void> {
  throwIfTimeIsNamed(answers);
  if (slowed > slowdowns) throw new Problem('rate_limited');
  job.batchSize = Math.max(1, Math.floor(job.batchSize / 2));
  await job.sleep((job.minute / 60) * 2 ** (slowed - 1));
}

/** Google's time stands even where storing failed. */
function throwIfTimeIsNamed(answers: readonly FetchAnswer[]): void {
  const named = answers.flatMap((answer) =>
    answer.kind === 'limited' ? (answer.retryAfterSeconds ?? []) : [],
  );
  if (named.length > 0) throw new Problem('rate_limited', { retryAfterSeconds: Math.max(...named) });
}
