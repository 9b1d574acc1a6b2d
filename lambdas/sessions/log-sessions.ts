import type { Logger } from '../log.ts';
import type { SessionStore } from './session.ts';

/** The same store, which tells the log of every session that begins, and of whom; never its token, nor its hash. */
export function logSessions<Store extends Pick<SessionStore, 'put'>>(sessions: Store, log: Logger): Store {
  return {
    ...sessions,
    put: async (session) => {
      await sessions.put(session);
      log.info({ event: 'session started', accountId: session.accountId });
    },
  };
}
