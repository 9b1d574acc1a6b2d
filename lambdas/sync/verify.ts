import type { KnownMessage } from '../copied-message.ts';
import { fetchMessages } from './fetch-messages.ts';
import { charged, type Job } from './job.ts';
import type { VerifyFindings, VerifyProgress } from './mailbox-state.ts';
import type { Wanted } from './plan-fetch.ts';
import type { IdPage } from './sync-gmail.ts';
import { BudgetSpent } from './unit-budget.ts';

/** Messages compared at a time: a group of them is held in memory, and its IDs fit the mailbox's row. */
const groupSize = 10_000;

/** Findings named; more are repaired all the same. */
const mostNamed = 1_000;

/** A comparison that is about to begin. */
export function startVerify(
  because: VerifyProgress['because'],
  messages: number,
  now: number,
): VerifyProgress {
  const found = { missing: [], extra: [], mislabelled: [] };
  const groups = Math.max(1, Math.ceil(messages / groupSize));
  return { startedAt: now, because, groups, group: 0, counted: 0, found };
}

/**
 * Compares the copy with the mailbox, which must just have been caught up with: the set of messages, then label by
 * label who has it. What differs is fetched again, and so named and repaired only where it really differs. The
 * comparison goes on across jobs, a group of messages and a label at a time.
 */
export async function verify(job: Job): Promise<void> {
  const labels = await labelsToCompare(job);
  while (job.state.verify !== undefined) {
    const { group, groups } = job.state.verify;
    const copy = await readGroup(group, groups, job);
    const { labelId } = job.state.verify;
    const steps = [undefined, ...labels];
    for (const step of steps.slice(labelId === undefined ? 0 : Math.max(steps.indexOf(labelId), 0))) {
      await compare(step, copy, job);
      const next = steps[steps.indexOf(step) + 1];
      if (next === undefined) continue;
      await job.save({ ...counts(job), verify: { ...current(job), labelId: next, listing: undefined } });
    }
    await endGroup(copy.size, job);
  }
}

async function labelsToCompare(job: Job): Promise<string[]> {
  if (job.state.verify === undefined) return [];
  const labels = await charged(job, job.prices.listLabels, () => job.gmail.listLabels());
  return labels.toSorted();
}

async function readGroup(group: number, groups: number, job: Job): Promise<Map<string, KnownMessage>> {
  const messages = new Map<string, KnownMessage>();
  for await (const page of job.copy.scan(job.state)) {
    for (const message of page) if (groupOf(message.id, groups) === group) messages.set(message.id, message);
  }
  return messages;
}

/** One label, or the set of all messages: who has it at Gmail, and who in the copy. */
async function compare(
  labelId: string | undefined,
  copy: Map<string, KnownMessage>,
  job: Job,
): Promise<void> {
  const listed = await listGroup(labelId, job);
  const inCopy = ({ labelIds }: KnownMessage) => labelId === undefined || labelIds.includes(labelId);
  const failed = new Set((await job.copy.listFailed(job.state)).map(({ id }) => id));
  const lacking = [...listed.values()].filter(({ id }) => {
    const message = copy.get(id);
    return (message === undefined || !inCopy(message)) && !failed.has(id);
  });
  const surplus = [...copy.values()].filter((message) => inCopy(message) && !listed.has(message.id));
  await repair([...lacking, ...surplus.map(({ id }) => ({ id, threadId: id }))], copy, job);
}

/** Whoever of the group has the label at Gmail. A list that does not fit one job goes on in the next. */
async function listGroup(labelId: string | undefined, job: Job): Promise<Map<string, Wanted>> {
  const { group, groups, listing } = current(job);
  const before = listing?.ids.split(' ').filter((id) => id !== '') ?? [];
  const listed = new Map(before.map((id) => [id, { id, threadId: id }]));
  let pageToken = listing?.pageToken;
  do {
    const page = await listPage(labelId, pageToken, listed, job);
    for (const message of page.messages) {
      if (groupOf(message.id, groups) === group) listed.set(message.id, message);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return listed;
}

async function listPage(
  labelId: string | undefined,
  pageToken: string | undefined,
  listed: ReadonlyMap<string, Wanted>,
  job: Job,
): Promise<IdPage> {
  const keep = (listing: VerifyProgress['listing']) =>
    job.save({ ...counts(job), verify: { ...current(job), listing } });
  let page: IdPage | 'refused';
  try {
    page = await charged(job, job.prices.listMessages, () => job.gmail.listMessages({ labelId, pageToken }));
  } catch (error) {
    // Only a job that ends in good order writes this down: nothing may hide what Google asked for.
    if (error instanceof BudgetSpent && pageToken !== undefined) {
      await keep({ pageToken, ids: [...listed.keys()].join(' ') });
    }
    throw error;
  }
  if (page !== 'refused') return page;
  // Gmail does not know a page token that it gave: the next job starts this list again.
  await keep(undefined);
  throw new BudgetSpent();
}

/** Fetches the suspects again: only what then differs from the copy was wrong. */
async function repair(suspects: readonly Wanted[], copy: Map<string, KnownMessage>, job: Job): Promise<void> {
  let left = suspects;
  while (left.length > 0) {
    const some = left.slice(0, job.batchSize);
    left = left.slice(some.length);
    const ids = some.map(({ id }) => id);
    const before = await job.copy.findKnown(job.state, ids);
    const gone = await fetchMessages(some, job, 'replace');
    const extra = ids.filter((id) => gone.has(id) && before.has(id));
    await job.copy.delete(job.state, extra);
    job.state = { ...job.state, copied: job.state.copied - extra.length };
    const after = await job.copy.findKnown(job.state, ids);
    const missing = ids.filter((id) => !before.has(id) && after.has(id));
    const mislabelled = ids.filter((id) => {
      const [old, now] = [before.get(id), after.get(id)];
      return old !== undefined && now !== undefined && !sameLabels(old.labelIds, now.labelIds);
    });
    for (const id of ids) {
      const message = after.get(id);
      if (message === undefined) copy.delete(id);
      else copy.set(id, message);
    }
    const progress = current(job);
    const found = addFindings(progress.found, { missing, extra, mislabelled });
    await job.save({ ...counts(job), verify: { ...progress, found } });
  }
}

/** The group is compared; with the last one the comparison ends, and the number of copied messages is exact. */
async function endGroup(messages: number, job: Job): Promise<void> {
  const progress = current(job);
  const counted = progress.counted + messages;
  if (progress.group + 1 < progress.groups) {
    const verify = {
      ...progress,
      group: progress.group + 1,
      labelId: undefined,
      listing: undefined,
      counted,
    };
    return job.save({ ...counts(job), verify });
  }
  const at = job.clock();
  const lastVerify = { ...progress.found, at };
  await job.save({ ...counts(job), copied: counted, verify: undefined, verifiedAt: at, lastVerify });
}

function addFindings(found: VerifyFindings, more: VerifyFindings): VerifyFindings {
  const join = (known: readonly string[], added: readonly string[]) =>
    [...new Set([...known, ...added])].slice(0, mostNamed);
  return {
    missing: join(found.missing, more.missing),
    extra: join(found.extra, more.extra),
    mislabelled: join(found.mislabelled, more.mislabelled),
  };
}

function current(job: Job): VerifyProgress {
  const { verify: progress } = job.state;
  if (progress === undefined) throw new Error('No comparison is under way.');
  return progress;
}

function counts({ state: { copied, failed } }: Job) {
  return { copied, failed };
}

function sameLabels(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((label) => others.includes(label));
}

/** Which group a message belongs to, by its ID alone. */
function groupOf(id: string, groups: number): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
  return hash % groups;
}
