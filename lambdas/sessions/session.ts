/** Milliseconds of a day. */
const day = 86_400_000;

/** A session ends when it was not used for this long (milliseconds). */
const idleLifetime = 30 * day;

/** A session ends this long after it began, however much it is used (milliseconds). */
export const wholeLifetime = 180 * day;

/** A use of the session is written down at most this often (milliseconds). */
export const renewalInterval = day;

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
  /** When it is over, however much it is used; its row may be deleted then. */
  readonly endsAt: number;
}

/** Where sessions are kept. */
export interface SessionStore {
  put(session: Session): Promise<void>;
  find(tokenHash: string): Promise<Session | undefined>;
  /** Writes down a use; does nothing when the session has gone meanwhile. */
  renew(tokenHash: string, renewedAt: number): Promise<void>;
  delete(tokenHash: string): Promise<void>;
  /** Deletes the session if it was made with this generation of the grant. */
  deleteOfGeneration(tokenHash: string, generation: string): Promise<void>;
  /** The hashes of all of an account's sessions. */
  listByAccount(accountId: string): Promise<string[]>;
}

/** `live`: signed in. `idle`: ended by disuse, but we still know whose browser it is. `over`: nobody. */
export function stateOf(session: Session, now: number): 'live' | 'idle' | 'over' {
  if (now >= session.endsAt) return 'over';
  return now < session.renewedAt + idleLifetime ? 'live' : 'idle';
}
