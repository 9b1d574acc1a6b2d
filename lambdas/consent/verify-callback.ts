import { Problem } from '../errors.ts';
import type { CookieJar } from '../http/cookies.ts';
import { visibleWords } from '../http/html.ts';
import { invalidState } from '../http/invalid-state.ts';
import { type HttpRequest, wantsPage } from '../http/request.ts';
import { isPolicyRefusal } from '../policy-refusals.ts';
import { hashOf } from '../secrets.ts';
import type { PendingConsent, PendingConsentStore, TakenConsent } from './pending-consent.ts';
import { codeIdOf, type RefusedCodes, refusalLifetime } from './refused-codes.ts';
import type { VerifiedCode } from './verified-code.ts';

export interface CallbackVerification {
  readonly pendingConsents: Pick<PendingConsentStore, 'take' | 'findTaken'>;
  readonly refusedCodes: RefusedCodes;
  readonly cookies: CookieJar;
  /** Google's issuer, which `iss` must equal if it is present (RFC 9207). */
  readonly issuer: string;
  readonly clock?: () => number;
}

/** A callback whose state belongs to this browser: it has a code or a refusal, or it is repeated. */
export type VerifiedCallback =
  | VerifiedCode
  | { readonly pending: PendingConsent; readonly refusal: Problem }
  | { readonly repeats: TakenConsent };

/**
 * Verifies the authorization response before any request to Google (RFC 6749, 4.1.2; RFC 9700, 4.7): every parameter
 * once, the right issuer, and a state that is known, unexpired, unused and bound to this browser. A state that this
 * browser has already used returns the taken consent, and no code.
 *
 * A code that arrives with a refused state cannot be used with any other state afterwards. It may have been requested
 * without our PKCE challenge (RFC 9700, 2.1.1), with an authorization URL that an attacker wrote.
 *
 * @throws Problem `invalid_request` or `invalid_state`.
 */
export async function verifyCallback(
  request: HttpRequest,
  verification: CallbackVerification,
): Promise<VerifiedCallback> {
  try {
    return await findConsent(request, verification);
  } catch (error) {
    const isRefused = error instanceof Problem && ['invalid_request', 'invalid_state'].includes(error.code);
    if (isRefused) await refuseCode(request, verification);
    throw error;
  }
}

/** Google's codes have at most 256 bytes; twice as many are kept in case that grows. */
const longestCode = 512;

/**
 * Records the code as refused. Exchanging it would invalidate it too, but an attacker could then trigger any number of
 * calls to Google, and each exchange creates a refresh token that evicts the account's oldest. Only requests that
 * accept a page count, so that URL scanners cannot invalidate a sign-in.
 */
async function refuseCode(
  request: HttpRequest,
  { refusedCodes, clock = Date.now }: CallbackVerification,
): Promise<void> {
  const [code = '', ...more] = request.query.getAll('code');
  if (code === '' || code.length > longestCode || more.length > 0 || !wantsPage(request)) return;
  await refusedCodes.add(codeIdOf(code), clock() + refusalLifetime);
}

async function findConsent(
  request: HttpRequest,
  { pendingConsents, refusedCodes, cookies, issuer, clock = Date.now }: CallbackVerification,
): Promise<VerifiedCallback> {
  const { state, code, error, errorDescription } = readParameters(request, issuer);
  const browser = cookies.read(request, 'login');
  if (browser === undefined) throw invalidState(request, cookies);
  const [loginId, browserHash] = [hashOf(state), hashOf(browser)];
  // A callback without code and error is this site's own redirect target, which shows the stored outcome.
  const isAnswer = code !== '' || error !== undefined;
  const pending = isAnswer ? await pendingConsents.take(loginId, { browserHash }, clock()) : undefined;
  if (pending === undefined) {
    const repeats = await pendingConsents.findTaken(loginId, browserHash, clock());
    if (repeats !== undefined) return { repeats };
    throw invalidState(request, cookies);
  }
  if (error !== undefined) return { pending, refusal: refusal(error, errorDescription) };
  if (await refusedCodes.has(codeIdOf(code))) {
    return { pending, refusal: new Problem('code_exchange_failed') };
  }
  return { code, pending } as VerifiedCode;
}

function readParameters(request: HttpRequest, issuer: string) {
  const { query } = request;
  if (query.getAll('state').length !== 1) throw new Problem('invalid_state');
  for (const name of new Set(query.keys())) {
    if (query.getAll(name).length > 1) throw malformed('A parameter was given more than once.');
  }
  const iss = query.get('iss');
  if (iss !== null && iss !== issuer) throw malformed('The response did not come from Google.');
  const code = query.get('code') ?? '';
  const error = query.get('error') ?? undefined;
  if (query.has('code') && (code === '') === (error === undefined)) {
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
 * The user declined, an administrator blocks the application, or Google sent another error, whose text is shown as
 * plain text.
 */
function refusal(error: string, description: string | undefined): Problem {
  if (isPolicyRefusal(error)) return new Problem('domain_policy');
  const isDenied = error === 'access_denied';
  if (isDenied && (description ?? '') === '') return new Problem('access_denied');
  const reason = [error, description].filter((text) => text !== undefined).join(': ');
  return new Problem(isDenied ? 'access_denied' : 'authorization_failed', {
    detail: `Google answered “${visibleWords(reason, 300)}”. Nothing was stored.`,
  });
}
