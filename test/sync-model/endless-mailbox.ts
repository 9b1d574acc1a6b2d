import { type CopiedMessage, type CopyStore, padHistoryId } from '../../lambdas/copied-message.ts';
import type { SyncGmail } from '../../lambdas/sync/job/sync-gmail.ts';

const listPage = 500;
const scanPage = 1_000;

/** A mailbox of any size that nobody holds in memory: its messages are made when they are asked for. */
export function endlessGmail(size: number, called: () => void): SyncGmail {
  return {
    getProfile: async () => ({ emailAddress: '', historyId: '1000', messagesTotal: size }),
    listLabels: async () => [{ id: 'INBOX', name: 'INBOX', type: 'system' }],
    listHistory: async () => ({ records: [], historyId: '1000' }),
    listMessages: async ({ pageToken = '0' }) => {
      called();
      const start = Number(pageToken);
      const end = Math.min(start + listPage, size);
      const messages = Array.from({ length: end - start }, (_, index) => {
        const id = endlessId(start + index);
        return { id, threadId: id };
      });
      return { messages, ...(end < size ? { nextPageToken: `${end}` } : {}) };
    },
    fetch: async (requests) => {
      called();
      return requests.map(({ id }) => ({ kind: 'found', messages: [endlessMessage(id)], unreadable: [] }));
    },
  };
}

/** A copy of such a mailbox: empty, or complete. */
export function endlessCopy(size: number, isComplete: boolean): CopyStore {
  return {
    findKnown: async (_, ids) => new Map(isComplete ? ids.map((id) => [id, endlessMessage(id)]) : []),
    putAbsent: async () => new Set(),
    replace: async () => 'stored',
    overwrite: async () => 'stored',
    updateLabels: async () => new Set(),
    delete: async () => {},
    scan: async function* (_, after) {
      const first = after === undefined ? 0 : numberOf(after) + 1;
      for (let start = first; isComplete && start < size; start += scanPage) {
        yield Array.from({ length: Math.min(scanPage, size - start) }, (_, index) => {
          const { id, labelIds, historyId } = endlessMessage(endlessId(start + index));
          return { id, labelIds, historyId };
        });
      }
    },
    scanByDate: async function* (_, { from, most }) {
      for (let start = Number(from ?? 0); isComplete && start < size; start += most) {
        const end = Math.min(start + most, size);
        const messages = Array.from({ length: end - start }, (_, index) => {
          const { id, labelIds, historyId } = endlessMessage(endlessId(start + index));
          return { id, labelIds, historyId };
        });
        yield { messages, next: end < size ? `${end}` : undefined };
      }
    },
    count: async () => (isComplete ? size : 0),
    listLabels: async () => [],
    putLabels: async () => {},
    findListErrors: async () => [],
    putListErrors: async () => {},
    listFailed: async () => [],
    putFailed: async () => {},
    deleteFailed: async () => {},
    erase: async () => true,
  };
}

/** The ID of a message of such a mailbox, by its number from 0 on. */
export function endlessId(number: number): string {
  return `18${number.toString(16).padStart(14, '0')}`;
}

function numberOf(id: string): number {
  return Number.parseInt(id.slice(2), 16);
}

/** A message of such a mailbox. */
export function endlessMessage(id: string): CopiedMessage {
  return {
    id,
    threadId: id,
    labelIds: ['INBOX'],
    internalDate: 1_700_000_000_000,
    historyId: padHistoryId('900'),
    from: `sender of ${id}`,
    to: 'somebody@example.com',
    subject: `subject of ${id}`,
    snippet: `snippet of ${id} `.repeat(5),
    size: 10_000,
  };
}
