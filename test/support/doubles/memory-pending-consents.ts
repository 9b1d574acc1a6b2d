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
    take: async (loginId, browserHash, now) => {
      const row = rows.get(loginId);
      if (row === undefined || row.browserHash !== browserHash || row.expiresAt <= now) return undefined;
      rows.delete(loginId);
      return row;
    },
  };
}
