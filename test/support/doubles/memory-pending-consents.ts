import { isDeepStrictEqual } from 'node:util';
import type {
  PendingConsent,
  PendingConsentStore,
  TakenConsent,
} from '../../../lambdas/consent/pending-consent.ts';

/** Pending consents in memory, under the same conditions as the table's. */
export interface MemoryPendingConsents extends PendingConsentStore {
  /** Those that were not taken. */
  readonly rows: Map<string, PendingConsent>;
}

/** One that was taken, with the browser it is bound to. */
interface TakenRow extends TakenConsent {
  readonly browserHash: string | undefined;
  readonly expiresAt: number;
  readonly repeats: number;
}

/** An empty store of pending consents. */
export function memoryPendingConsents(): MemoryPendingConsents {
  const rows = new Map<string, PendingConsent>();
  const takenRows = new Map<string, TakenRow>();
  return {
    rows,
    put: async (pending) => {
      rows.set(pending.loginId, pending);
    },
    take: async (loginId, binding, now) => {
      const row = rows.get(loginId);
      if (row === undefined || row.expiresAt <= now) return undefined;
      if (!isDeepStrictEqual(row.binding, binding)) return undefined;
      rows.delete(loginId);
      const browserHash = 'browserHash' in binding ? binding.browserHash : undefined;
      takenRows.set(loginId, { ...row, browserHash, takenAt: now, repeats: 0, moreSessions: [] });
      return row;
    },
    end: async ({ loginId }, outcome, times) => {
      const row = takenRows.get(loginId);
      if (row !== undefined) takenRows.set(loginId, { ...row, outcome, ...times });
    },
    findTaken: async (loginId, browserHash, now) => {
      const row = takenRows.get(loginId);
      return row?.browserHash === browserHash && row.expiresAt > now ? row : undefined;
    },
    repeat: async (loginId, browserHash, { since, most }, session) => {
      const row = takenRows.get(loginId);
      if (row?.browserHash !== browserHash || (row.endedAt ?? 0) < since || row.repeats >= most) return false;
      const moreSessions = [...row.moreSessions, ...(session === undefined ? [] : [session])];
      takenRows.set(loginId, { ...row, moreSessions, repeats: row.repeats + 1 });
      return true;
    },
  };
}
