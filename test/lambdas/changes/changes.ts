import type { Change, ChangeBody } from '../../../lambdas/changes/change.ts';
import { sequenceAfter } from '../../../lambdas/changes/position.ts';
import { padHistoryId } from '../../../lambdas/copied-message.ts';

/** A change of account `account-1`, told at this moment. */
export function changeAt(
  at: number,
  changes: Partial<Pick<Change, 'accountId' | 'generation' | 'owner' | 'sequence'>> &
    Partial<ChangeBody> = {},
): Change {
  const whose = {
    accountId: 'account-1',
    generation: 'generation-1',
    sequence: sequenceAfter(undefined, at),
    at,
  };
  const change: Change = { ...whose, type: 'connected' };
  return Object.assign(change, changes);
}

/** Messages as a change speaks of them, numbered from 1 on. */
export function changedMessages(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: `18c2f0a1b2c3d${String(index + 1).padStart(3, '0')}`,
    threadId: `18c2f0a1b2c3d${String(index + 1).padStart(3, '0')}`,
    labelIds: ['INBOX', 'UNREAD', 'CATEGORY_PROMOTIONS'],
    historyId: padHistoryId(String(1_000 + index)),
  }));
}
