import { Problem } from '../errors.ts';
import type { CookieJar } from './cookies.ts';
import type { HttpRequest } from './request.ts';

/**
 * The problem of a callback whose state does not belong to this browser. If the browser sent no login cookie, the
 * detail explains that.
 */
export function invalidState(request: HttpRequest, cookies: CookieJar): Problem {
  if (cookies.read(request, 'login') !== undefined) return new Problem('invalid_state');
  return new Problem('invalid_state', {
    detail:
      'Your browser sent no cookie of this site: it blocks cookies, or the sign-in started in another app or browser. Allow cookies, open this site in your browser instead of inside another app, and start again.',
  });
}
