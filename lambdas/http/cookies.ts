import type { HttpRequest } from './request.ts';

const secondsPerDay = 86_400;

/** Our cookies: who is signed in, which browser began a consent, and which applications it may be handed over to. */
const lifetimes = {
  /** A session lives 180 days at the most. */
  session: 180 * secondsPerDay,
  /** As long as the longest connect link, which is bound to it. A pending consent, bound to it too, ends far earlier. */
  login: 7 * secondsPerDay,
  /** As long as a session of this site. */
  applications: 180 * secondsPerDay,
} as const;

type CookieKind = keyof typeof lifetimes;

/** Reads and writes the cookies of one site. */
export interface CookieJar {
  /** The cookie's value; undefined when absent or not of the form we write. */
  read(request: HttpRequest, kind: CookieKind): string | undefined;
  /** The `Set-Cookie` line that stores it. */
  write(kind: CookieKind, value: string): string;
  /** The `Set-Cookie` line that removes it. */
  clear(kind: CookieKind): string;
}

/**
 * The cookies of the site at `origin`: host-only, HttpOnly, SameSite=Lax (Strict would not be sent on Google's
 * redirect back). Over plain HTTP, which means loopback, without Secure and its prefix: Safari refuses them there.
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

/** Whether this is 256 bits in base64url, the form of every token of ours. */
export function isToken(value: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(value);
}
