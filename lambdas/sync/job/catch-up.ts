import { followHistory } from './follow-history.ts';
import type { Job } from './job.ts';
import { BudgetSpent } from './unit-budget.ts';

/** How many messages fit one batch, and the budget together with another page of history. */
export async function affordableMessages(
  { budget, batchSize, prices }: Job,
  suspects: number,
): Promise<number> {
  const { getMessage, listHistory } = prices;
  const max = batchSize * getMessage + listHistory;
  const room = await budget.room(getMessage + listHistory, max, suspects * getMessage + listHistory);
  return Math.floor((room - listHistory) / getMessage);
}

/** Follows the history, so that the copy contains every change until now, unless the history had expired. */
export async function catchUp(job: Job): Promise<'caught up' | 'restarted'> {
  const end = await followHistory(job);
  // Gmail refused its own page token: the next job follows the history again.
  if (end === 'refused') throw new BudgetSpent();
  return end;
}
