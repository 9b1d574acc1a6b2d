/** Milliseconds of an hour. */
const hour = 3_600_000;

/** How long a session lives without use, and how long in all (milliseconds). */
export interface SessionLifetimes {
  readonly idleLifetime: number;
  readonly wholeLifetime: number;
}

/** A browser of this site, or a program that brought an authorization code. */
export const defaultLifetimes: SessionLifetimes = {
  idleLifetime: 30 * 24 * hour,
  wholeLifetime: 180 * 24 * hour,
};

/** An application that took the session over with a handoff: a handoff that is phished is of use for hours. */
export const handoffLifetimes: SessionLifetimes = { idleLifetime: 12 * hour, wholeLifetime: 30 * 24 * hour };

/** Somebody's signed-in browser or program, as it stands in the table. Times are epoch milliseconds. */
export interface Session {
  /** The SHA-256 of the session token; the token itself is stored nowhere. */
  readonly tokenHash: string;
  /** Google's `sub`. */
  readonly accountId: string;
  /** The generation of the grant it was made with: it does not outlive a disconnect. */
  readonly generation: string;
  readonly createdAt: number;
  readonly renewedAt: number;
  /** The session ends when it was not used for this long (milliseconds). */
  readonly idleLifetime: number;
  /** When it is over, however much it is used; its row may be deleted then. */
  readonly endsAt: number;
}

/** Where sessions are kept. */
export interface SessionStore {
  put(session: Session): Promise<void>;
  find(tokenHash: string): Promise<Session | undefined>;
  /** Writes down a use; does nothing when the session has gone meanwhile. */
  renew(session: Session, renewedAt: number): Promise<void>;
  delete(tokenHash: string): Promise<void>;
  /** Deletes the session if it was made with this generation of the grant. */
  deleteOfGeneration(tokenHash: string, generation: string): Promise<void>;
  /** The hashes of all of an account's sessions. */
  listByAccount(accountId: string): Promise<string[]>;
}

/** `live`: signed in. `idle`: ended by disuse, but we still know whose browser it is. `over`: nobody. */
export function stateOf(session: Session, now: number): 'live' | 'idle' | 'over' {
  if (now >= session.endsAt) return 'over';
  return now < session.renewedAt + session.idleLifetime ? 'live' : 'idle';
}

/** Whether a use of the session is to be stored: at most once in a thirtieth of the time that it lives without use. */
export function isRenewalDue({ renewedAt, idleLifetime }: Session, now: number): boolean {
  return now >= renewedAt + idleLifetime / 30;
}
