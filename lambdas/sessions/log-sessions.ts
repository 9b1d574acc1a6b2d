import type { Logger } from '../log.ts';
import type { SessionStore } from './session.ts';

/** The same store, but it logs the start of every session with its account; never the token or its hash. */
export function logSessions<Store extends Pick<SessionStore, 'put'>>(sessions: Store, log: Logger): Store {
  return {
    ...sessions,
    put: async (session) => {
      await sessions.put(session);
      log.info({ event: 'session started', accountId: session.accountId });
    },
  };
}
