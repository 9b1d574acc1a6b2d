import { randomUUID } from 'node:crypto';
import { enqueueConnected } from './announce.ts';
import { newMailboxState } from './connect.ts';
import type { SweepRun, SweptGrant } from './sweep-run.ts';

/**
 * Creates the missing sync state of a grant, if this stage copies mail.
 *
 * @param replaced the ended generation whose state it replaces; the erasure of its copy must be requested before
 * @returns whether the state was written: another may exist by now
 */
export async function startMailbox(
  { accountId, generation }: SweptGrant,
  run: SweepRun,
  replaced?: string,
): Promise<boolean> {
  const { mailboxes, queue, quota, copying, newId = randomUUID } = run.dependencies;
  if (!copying) return false;
  // The function that stored the grant may have been cut off before it enqueued this.
  await enqueueConnected({ accountId, generation }, queue, newId);
  return mailboxes.create(newMailboxState({ accountId, generation }, run.now, quota), replaced);
}
