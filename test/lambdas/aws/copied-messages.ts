import type { CopiedMessage } from '../../../lambdas/copied-message.ts';
import { padHistoryId } from '../../../lambdas/copied-message.ts';

/** A message of the copy; its date and history ID follow from its number. */
export function messageOf(number: number, changes: Partial<CopiedMessage> = {}): CopiedMessage {
  return {
    id: `m${String(number).padStart(6, '0')}`,
    threadId: `t${number}`,
    labelIds: ['INBOX'],
    internalDate: Date.UTC(2026, 10, 1) + number * 1_000,
    historyId: padHistoryId(String(100 + number)),
    from: 'Ann <ann@example.com>',
    to: 'Bob <bob@example.com>',
    subject: `Subject ${number}`,
    snippet: '',
    size: 1_000 + number,
    ...changes,
  };
}

/** Messages numbered from 1 on. */
export function messagesOf(count: number, changes: Partial<CopiedMessage> = {}): CopiedMessage[] {
  return Array.from({ length: count }, (_, index) => messageOf(index + 1, changes));
}
