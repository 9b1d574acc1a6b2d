import { Problem } from '../../errors.ts';
import { throwIfRetryTimeGiven } from './back-off.ts';
import { failedMessages } from './failed-messages.ts';
import type { Job } from './job.ts';
import type { FetchAnswer, FetchRequest } from './sync-gmail.ts';
import { charged } from './unit-budget.ts';

/** Messages of a sample: one of them may be faulty itself. */
const sampleSize = 3;

/**
 * If Gmail refuses every part of a batch for the same reason, it may refuse the account rather than the messages. Then
 * other messages are fetched, preferably some that Gmail returned before. If Gmail refuses those too, it refuses the
 * account.
 *
 * @throws Problem `messages_refused` then; what the calls throw
 */
export async function checkAccountRefusal(
  requests: readonly FetchRequest[],
  answers: readonly FetchAnswer[],
  job: Job,
): Promise<void> {
  const refusals = answers.flatMap((answer) => (answer.kind === 'refused' ? answer.reason : []));
  const [reason] = refusals;
  const isServing = job.servesMessages || answers.some(({ kind }) => kind === 'found' || kind === 'gone');
  if (reason === undefined || isServing || new Set(refusals).size > 1) return;
  const failed = await failedMessages(job);
  const [only] = requests;
  const alike = failed.values().filter((message) => message.reason === reason);
  // It was found to be faulty itself when it failed first.
  const isOld = refusals.length === 1 && only !== undefined && failed.get(only.id)?.reason === reason;
  if (isOld && alike.toArray().length <= sampleSize) return;
  throwIfRetryTimeGiven(answers);
  const sample = await sampleOf(new Set(requests.map(({ id }) => id)), job);
  const areServed = sample.length > 0 && (await servesAny(sample, job));
  job.servesMessages = areServed;
  if (areServed) return;
  job.state = { ...job.state, messagesRefused: reason };
  throw new Problem('messages_refused');
}

/** Messages of the mailbox outside the batch: copied ones first, failed ones last. */
async function sampleOf(asked: ReadonlySet<string>, job: Job): Promise<readonly string[]> {
  const page = await charged(job, job.prices.listMessages, () => job.gmail.listMessages({}));
  if (page === 'refused') return [];
  const failed = await failedMessages(job);
  const others = page.messages
    .filter(({ id, threadId }) => !asked.has(id) && !asked.has(threadId))
    .map(({ id }) => id);
  const known = await job.copy.findKnown(job.state, others);
  const rank = (id: string) => (failed.has(id) ? 2 : known.has(id) ? 0 : 1);
  return others.toSorted((one, other) => rank(one) - rank(other)).slice(0, sampleSize);
}

/** Whether Gmail returns any of the messages, or answers that it does not have them. */
async function servesAny(ids: readonly string[], job: Job): Promise<boolean> {
  const requests = ids.map((id) => ({ kind: 'message' as const, id }));
  const units = ids.length * job.prices.getMessage;
  const answers = await charged(job, units, () => job.gmail.fetch(requests));
  throwIfRetryTimeGiven(answers);
  if (answers.some(({ kind }) => kind === 'found' || kind === 'gone')) return true;
  if (answers.some(({ kind }) => kind === 'limited')) throw new Problem('rate_limited');
  if (answers.some(({ kind }) => kind === 'again')) throw new Problem('google_unavailable');
  return false;
}
