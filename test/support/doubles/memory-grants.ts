import type { Grant, GrantStore } from '../../../lambdas/grants/grant.ts';

/** Grants in memory, under the same conditions as the table's. */
export interface MemoryGrants extends GrantStore {
  readonly rows: Map<string, Grant>;
}

/** A store of grants that holds these from the start. */
export function memoryGrants(...grants: readonly Grant[]): MemoryGrants {
  const rows = new Map(grants.map((grant) => [grant.accountId, grant]));
  return {
    rows,
    find: async (accountId) => rows.get(accountId),
    replace: async (grant, seen) => {
      const row = rows.get(grant.accountId);
      if (row?.consentId !== seen?.consentId || row?.status !== seen?.status) return false;
      rows.set(grant.accountId, grant);
      return true;
    },
    putAccessToken: async ({ accountId, consentId }, accessToken, grantExpiresAt) => {
      const row = rows.get(accountId);
      if (row?.consentId !== consentId || row.status !== 'active') return false;
      rows.set(accountId, { ...row, accessToken, ...(grantExpiresAt !== undefined && { grantExpiresAt }) });
      return true;
    },
    dropAccessToken: async ({ accountId, consentId }, expiresAt) => {
      const row = rows.get(accountId);
      if (row?.consentId !== consentId || row.accessToken?.expiresAt !== expiresAt) return false;
      const { accessToken: _, ...rest } = row;
      rows.set(accountId, rest);
      return true;
    },
    putAnnouncedExpiry: async ({ accountId, consentId }, announcedExpiry) => {
      const row = rows.get(accountId);
      if (row?.consentId !== consentId) return false;
      rows.set(accountId, { ...row, announcedExpiry });
      return true;
    },
    putStatus: async ({ accountId, consentId }, status, now) => {
      const row = rows.get(accountId);
      if (row?.consentId !== consentId) return false;
      if (row.status === 'disconnecting' && status !== 'disconnecting') return false;
      const { accessToken: _, ...rest } = row;
      rows.set(accountId, { ...rest, status, statusSince: now });
      return true;
    },
    erase: async ({ accountId, generation }) => {
      const row = rows.get(accountId);
      if (row === undefined) return true;
      if (row.generation !== generation || row.status !== 'disconnecting') return false;
      return rows.delete(accountId);
    },
  };
}
