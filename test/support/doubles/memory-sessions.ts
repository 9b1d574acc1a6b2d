import { hashOf } from '../../../lambdas/secrets.ts';
import { defaultLifetimes, type Session, type SessionStore } from '../../../lambdas/sessions/session.ts';
import { testStart } from './clock.ts';

/** Sessions in memory. */
export interface MemorySessions extends SessionStore {
  readonly rows: Map<string, Session>;
  /** How often a use was written down. */
  readonly renewals: readonly { readonly tokenHash: string; readonly renewedAt: number }[];
}

/** A store of sessions that holds these from the start. */
export function memorySessions(...sessions: readonly Session[]): MemorySessions {
  const rows = new Map(sessions.map((session) => [session.tokenHash, session]));
  const renewals: MemorySessions['renewals'][number][] = [];
  return {
    rows,
    renewals,
    put: async (session) => {
      rows.set(session.tokenHash, session);
    },
    find: async (tokenHash) => rows.get(tokenHash),
    renew: async ({ tokenHash }, renewedAt) => {
      renewals.push({ tokenHash, renewedAt });
      const row = rows.get(tokenHash);
      if (row !== undefined) rows.set(tokenHash, { ...row, renewedAt });
    },
    delete: async (tokenHash) => {
      rows.delete(tokenHash);
    },
    deleteOfGeneration: async (tokenHash, generation) => {
      if (rows.get(tokenHash)?.generation === generation) rows.delete(tokenHash);
    },
    listByAccount: async (accountId) =>
      [...rows.values()].filter((row) => row.accountId === accountId).map(({ tokenHash }) => tokenHash),
  };
}

/** A session of account `account-1` that began when the test began. */
export function sessionOf(token: string, session: Partial<Session> = {}): Session {
  return {
    tokenHash: hashOf(token),
    accountId: 'account-1',
    generation: 'generation-1',
    createdAt: testStart,
    renewedAt: testStart,
    idleLifetime: defaultLifetimes.idleLifetime,
    endsAt: testStart + defaultLifetimes.wholeLifetime,
    ...session,
  };
}
