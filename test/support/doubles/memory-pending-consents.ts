import { isDeepStrictEqual } from 'node:util';
import type { PendingConsent, PendingConsentStore } from '../../../lambdas/consent/pending-consent.ts';

/** Pending consents in memory, under the same conditions as the table's. */
export interface MemoryPendingConsents extends PendingConsentStore {
  readonly rows: Map<string, PendingConsent>;
}

/** An empty store of pending consents. */
export function memoryPendingConsents(): MemoryPendingConsents {
  const rows = new Map<string, PendingConsent>();
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
      return row;
    },
  };
}
