const hour = 3_600_000;

/** The idle timeout and the maximum lifetime of a session (milliseconds). */
export interface SessionLifetimes {
  readonly idleLifetime: number;
  readonly wholeLifetime: number;
}

/** A browser of this site, or a program that submitted an authorization code. */
export const defaultLifetimes: SessionLifetimes = {
  idleLifetime: 30 * 24 * hour,
  wholeLifetime: 180 * 24 * hour,
};

/** An application that exchanged a handoff: shorter, because a handoff can be phished. */
export const handoffLifetimes: SessionLifetimes = { idleLifetime: 12 * hour, wholeLifetime: 30 * 24 * hour };

/** A signed-in browser or program, as stored. Times are epoch milliseconds. */
export interface Session {
  /** The SHA-256 of the session token; the token itself is not stored. */
  readonly tokenHash: string;
  /** Google's `sub`. */
  readonly accountId: string;
  /** The grant's generation when the session started: the session does not outlive a disconnect. */
  readonly generation: string;
  readonly createdAt: number;
  readonly renewedAt: number;
  /** The session ends after this time without use (milliseconds). */
  readonly idleLifetime: number;
  /** The end of the session, however much it is used; its row may be deleted then. */
  readonly endsAt: number;
}

export interface SessionStore {
  put(session: Session): Promise<void>;
  find(tokenHash: string): Promise<Session | undefined>;
  /** Records a use; does nothing if the session is already gone. */
  renew(session: Session, renewedAt: number): Promise<void>;
  delete(tokenHash: string): Promise<void>;
  /** Deletes the session if it belongs to this generation of the grant. */
  deleteOfGeneration(tokenHash: string, generation: string): Promise<void>;
  /** The token hashes of all sessions of an account. */
  listByAccount(accountId: string): Promise<string[]>;
}

/** `live`: signed in. `idle`: expired by disuse, but the browser's account is still known. `over`: ended. */
export function stateOf(session: Session, now: number): 'live' | 'idle' | 'over' {
  if (now >= session.endsAt) return 'over';
  return now < session.renewedAt + session.idleLifetime ? 'live' : 'idle';
}

/** Whether a use of the session must be stored: at most once in a thirtieth of its idle timeout. */
export function isRenewalDue({ renewedAt, idleLifetime }: Session, now: number): boolean {
  return now >= renewedAt + idleLifetime / 30;
}
