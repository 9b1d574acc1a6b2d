import type { Handoff, HandoffStore } from '../../../lambdas/sessions/handoff.ts';

/** Handoffs in memory, under the same conditions as the table's. */
export interface MemoryHandoffs extends HandoffStore {
  readonly rows: Map<string, Handoff>;
}

/** A store of handoffs that holds these from the start. */
export function memoryHandoffs(...handoffs: readonly Handoff[]): MemoryHandoffs {
  const rows = new Map(handoffs.map((handoff) => [handoff.handoffId, handoff]));
  return {
    rows,
    put: async (handoff) => {
      rows.set(handoff.handoffId, handoff);
    },
    take: async (handoffId, codeChallenge, now) => {
      const row = rows.get(handoffId);
      if (row === undefined || row.codeChallenge !== codeChallenge || row.expiresAt <= now) return undefined;
      rows.delete(handoffId);
      return row;
    },
  };
}
