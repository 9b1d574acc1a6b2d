import type { ConnectLink, ConnectLinkStore } from '../../../lambdas/consent/connect-link.ts';

/** Connect links in memory, under the same conditions as the table's. */
export interface MemoryConnectLinks extends ConnectLinkStore {
  readonly rows: Map<string, ConnectLink>;
}

/** A store of connect links that holds these from the start. */
export function memoryConnectLinks(...links: readonly ConnectLink[]): MemoryConnectLinks {
  const rows = new Map(links.map((link) => [link.linkId, link]));
  const alive = (linkId: string, now: number) => {
    const row = rows.get(linkId);
    return row === undefined || row.expiresAt <= now ? undefined : row;
  };
  return {
    rows,
    put: async (link) => {
      rows.set(link.linkId, link);
    },
    find: async (linkId) => rows.get(linkId),
    bind: async (linkId, browserHash, now) => {
      const row = alive(linkId, now);
      if (row === undefined || (row.browserHash ?? browserHash) !== browserHash) return undefined;
      const bound = { ...row, browserHash };
      rows.set(linkId, bound);
      return bound;
    },
    use: async (linkId, browserHash, now) => {
      const row = alive(linkId, now);
      if (row === undefined || row.browserHash !== browserHash) return undefined;
      rows.delete(linkId);
      return row;
    },
  };
}
