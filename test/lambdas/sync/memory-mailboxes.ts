import type { MailboxKey } from '../../../lambdas/copied-message.ts';
import type { MailboxState, MailboxStore } from '../../../lambdas/sync/mailbox/mailbox-state.ts';
import { testStart } from '../../support/doubles/clock.ts';

/** The mailbox of every test that needs only one. */
export const mailbox: MailboxKey = { accountId: 'account-1', generation: 'generation-1' };

/** A live mailbox that has been copied; it was due when the test began. */
export function stateOf(changes: Partial<MailboxState> = {}): MailboxState {
  return {
    ...mailbox,
    phase: 'live',
    historyId: '100',
    copied: 40,
    failed: 0,
    labelsAt: testStart,
    connectedAt: testStart - 86_400_000,
    nextDueAt: testStart,
    dueClass: 'changes',
    wants: 42,
    quietPolls: 0,
    spends: [],
    ...changes,
  };
}

/** The part of the store that a consent, a request and the sweep use, under the same conditions as the table's. */
export interface MemoryMailboxes
  extends Pick<MailboxStore, 'find' | 'create' | 'change' | 'delete' | 'scan' | 'generationsOf'> {
  readonly rows: Map<string, MailboxState>;
  /** The writes that were asked for, in order. */
  readonly writes: readonly string[];
}

/** A store that holds these states from the start, and shows two on a page. */
export function memoryMailboxes(...states: readonly MailboxState[]): MemoryMailboxes {
  const rows = new Map(states.map((state) => [state.accountId, state]));
  const writes: string[] = [];
  const current = ({ accountId, generation }: MailboxKey) => {
    const state = rows.get(accountId);
    return state?.generation === generation ? state : undefined;
  };
  return {
    rows,
    writes,
    find: async (accountId) => rows.get(accountId),
    create: async (state, replaced) => {
      writes.push(`create ${state.accountId} ${state.generation}`);
      if (rows.get(state.accountId)?.generation !== replaced) return false;
      rows.set(state.accountId, state);
      return true;
    },
    change: async (seen, changes) => {
      const { requestedAt, verifyRequestedAt } = changes;
      const key = `${seen.accountId} ${seen.generation}`;
      const isVerify = verifyRequestedAt !== undefined;
      writes.push(
        requestedAt === undefined ? `resume ${key}` : `request ${key} ${isVerify ? 'verify' : 'sync'}`,
      );
      if (rows.get(seen.accountId) !== seen) return false;
      rows.set(seen.accountId, { ...seen, ...changes });
      return true;
    },
    delete: async (key) => {
      writes.push(`delete ${key.accountId} ${key.generation}`);
      return current(key) !== undefined && rows.delete(key.accountId);
    },
    generationsOf: async (accountIds) =>
      new Map(
        accountIds.flatMap((accountId) => {
          const state = rows.get(accountId);
          return state === undefined ? [] : [[accountId, state.generation] as const];
        }),
      ),
    scan: async function* (after) {
      const all = [...rows.values()];
      for (
        let start = all.findIndex(({ accountId }) => accountId === after) + 1;
        start < all.length;
        start += 2
      )
        yield all.slice(start, start + 2);
    },
  };
}
