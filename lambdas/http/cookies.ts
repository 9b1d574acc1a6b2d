import type { HttpRequest } from './request.ts';

const secondsPerDay = 86_400;

/** The cookies: the session, the browser that started a consent, and the applications that may receive a handoff. */
const lifetimes = {
  /** A session lives at most 180 days. */
  session: 180 * secondsPerDay,
  /**
   * As long as the longest connect link, which is bound to it. Pending consents are bound to it too, and end far
   * earlier.
   */
  login: 7 * secondsPerDay,
  /** As long as a session of this site. */
  applications: 180 * secondsPerDay,
} as const;

type CookieKind = keyof typeof lifetimes;

/** Reads and writes the cookies of one site. */
export interface CookieJar {
  /** The cookie's value; undefined if it is missing or malformed. */
  read(request: HttpRequest, kind: CookieKind): string | undefined;
  /** The `Set-Cookie` line that stores it. */
  write(kind: CookieKind, value: string): string;
  /** The `Set-Cookie` line that removes it. */
  clear(kind: CookieKind): string;
}

/**
 * The cookies of the site at `origin`: host-only, HttpOnly, SameSite=Lax (browsers would not send Strict on Google's
 * redirect back). Over plain HTTP, which means loopback, they lack Secure and the `__Host-` prefix, which Safari
 * refuses there.
 */
export function createCookieJar(origin: string): CookieJar {
  const secure = origin.startsWith('https:');
  const name = (kind: CookieKind) => (secure ? `__Host-${kind}` : kind);
  const line = (kind: CookieKind, value: string, seconds: number) =>
    `${name(kind)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  return {
    read: (request, kind) => {
      const value = request.cookies.get(name(kind));
      const isOurs = value?.split('.').every(isToken) && (kind === 'applications' || isToken(value));
      return isOurs ? value : undefined;
    },
    write: (kind, value) => line(kind, value, lifetimes[kind]),
    clear: (kind) => line(kind, '', 0),
  };
}

/** Whether the text has the form of a token: 256 bits in base64url. */
export function isToken(value: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(value);
}
