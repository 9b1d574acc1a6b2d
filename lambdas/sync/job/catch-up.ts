import { followHistory } from './follow-history.ts';
import type { Job } from './job.ts';
import { BudgetSpent } from './unit-budget.ts';

/** As many messages as one batch takes, and as the budget pays for together with another look at the history. */
export async function affordableMessages(
  { budget, batchSize, prices }: Job,
  suspects: number,
): Promise<number> {
  const { getMessage, listHistory } = prices;
  const max = batchSize * getMessage + listHistory;
  const room = await budget.room(getMessage + listHistory, max, suspects * getMessage + listHistory);
  return Math.floor((room - listHistory) / getMessage);
}

/** Everything that has happened until now is in the copy then; unless the history had expired. */
export async function catchUp(job: Job): Promise<'caught up' | 'restarted'> {
  const end = await followHistory(job);
  // Gmail does not know a page token that it gave: the next job follows the history again.
  if (end === 'refused') throw new BudgetSpent();
  return end;
}
