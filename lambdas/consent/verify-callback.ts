import { Problem } from '../errors.ts';
import type { CookieJar } from '../http/cookies.ts';
import type { HttpRequest } from '../http/request.ts';
import { isPolicyRefusal } from '../policy-refusals.ts';
import { hashOf } from '../secrets.ts';
import type { PendingConsentStore } from './pending-consent.ts';
import { startAgain } from './start-again.ts';
import type { VerifiedCode } from './verified-code.ts';

export interface CallbackVerification {
  readonly pendingConsents: Pick<PendingConsentStore, 'take'>;
  readonly cookies: CookieJar;
  /** Google's issuer, which `iss` must equal where it is present (RFC 9207). */
  readonly issuer: string;
  readonly clock?: () => number;
}

/**
 * Checks the authorization response before anything is asked of Google (RFC 6749, 4.1.2; RFC 9700, 4.7): every
 * parameter once, the right issuer, and a state that is known, unexpired, unused and this browser's.
 *
 * @throws Problem `invalid_request`, `invalid_state`, `access_denied`, `domain_policy` or `authorization_failed`.
 */
export async function verifyCallback(
  request: HttpRequest,
  { pendingConsents, cookies, issuer, clock = Date.now }: CallbackVerification,
): Promise<VerifiedCode> {
  const { state, code, error, errorDescription } = readParameters(request, issuer);
  const browser = cookies.read(request, 'login');
  if (browser === undefined) throw new Problem('invalid_state');
  const pending = await pendingConsents.take(hashOf(state), { browserHash: hashOf(browser) }, clock());
  if (pending === undefined) throw new Problem('invalid_state');
  if (error !== undefined) throw startAgain(refusal(error, errorDescription), pending);
  return { code, pending } as VerifiedCode;
}

function readParameters(request: HttpRequest, issuer: string) {
  const { query } = request;
  if (query.getAll('state').length !== 1) throw new Problem('invalid_state');
  for (const name of new Set(query.keys())) {
    if (query.getAll(name).length > 1) throw malformed('A parameter was given more than once.');
  }
  const iss = query.get('iss');
  if (iss !== null && iss !== issuer) throw malformed('The answer did not come from Google.');
  const code = query.get('code') ?? '';
  const error = query.get('error') ?? undefined;
  if ((code === '') === (error === undefined)) {
    throw malformed('Exactly one of code and error must be given.');
  }
  return {
    code,
    error,
    state: query.get('state') ?? '',
    errorDescription: query.get('error_description') ?? undefined,
  };
}

function malformed(detail: string): Problem {
  return new Problem('invalid_request', { detail, offerConsent: true, returnTo: '/' });
}

/**
 * The user said no, an administrator forbids it, or Google sent another error. Its words are shown as text, cut to a sensible length, without what
 * cannot be seen: that could turn our own words around.
 */
function refusal(error: string, description: string | undefined): Problem {
  if (error === 'access_denied') return new Problem('access_denied');
  if (isPolicyRefusal(error)) return new Problem('domain_policy');
  const said = [error, description].filter((text) => text !== undefined).join(': ');
  const words = [...said.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')].slice(0, 300).join('');
  return new Problem('authorization_failed', {
    detail: `Google answered “${words}”. Nothing was stored.`,
  });
}
