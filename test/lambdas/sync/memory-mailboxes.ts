import type { MailboxKey } from '../../../lambdas/copied-message.ts';
import {
  isBackfillClass,
  type MailboxState,
  type MailboxStore,
  pausedByOperator,
} from '../../../lambdas/sync/mailbox/mailbox-state.ts';
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
  extends Pick<MailboxStore, 'find' | 'create' | 'resume' | 'request' | 'delete' | 'scan' | 'generationsOf'> {
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
    resume: async (key, now, who) => {
      writes.push(`resume ${key.accountId} ${key.generation}`);
      const state = current(key);
      if (state?.phase !== 'paused') return false;
      if (state.pausedBecause === pausedByOperator && who !== 'operator') return false;
      const phase = isBackfillClass(state.dueClass) ? 'backfill' : 'live';
      rows.set(key.accountId, { ...state, phase, pausedBecause: undefined, nextDueAt: now });
      return true;
    },
    request: async (key, now, verify) => {
      writes.push(`request ${key.accountId} ${key.generation} ${verify ? 'verify' : 'sync'}`);
      const state = current(key);
      if (state === undefined || state.phase === 'paused') return false;
      rows.set(key.accountId, {
        ...state,
        requestedAt: now,
        nextDueAt: now,
        ...(verify && { verifyRequestedAt: now }),
      });
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
