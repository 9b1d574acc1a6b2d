import { startCodeQuery } from '../api/requests/consent.ts';
import { Problem } from '../errors.ts';
import { isAllowedCaller, type Origins } from '../http/allowed-origins.ts';
import type { Route } from '../http/handler.ts';
import { parseQuery } from '../http/query.ts';
import { answer } from '../http/response.ts';
import { hashOf, randomToken } from '../secrets.ts';
import { pendingLifetime } from './pending-consent.ts';
import type { ConsentStart } from './start-consent.ts';
import { nonceOf } from './verify-code.ts';

interface StartCodeDependencies
  extends Pick<ConsentStart, 'pendingConsents' | 'clientId' | 'scopes' | 'clock' | 'newToken'>,
    Origins {}

/**
 * Starts a consent for a program that gets the authorization code from Google's library on a phone (`GET
 * /auth/url?purpose=code`). The program then submits it with the verifier of its challenge and with the ID token of the
 * same sign-in. No cookie binds the consent. Codes of redirects and of Google's pop-up are not accepted: a redirect's
 * code must be usable only at our callback, and Google's pop-up carries neither our nonce nor our PKCE challenge.
 */
export function startCodeRoute(dependencies: StartCodeDependencies): Route {
  const { pendingConsents, clientId, scopes, clock = Date.now, newToken = randomToken } = dependencies;
  return async (request) => {
    if (!isAllowedCaller(request, dependencies)) throw new Problem('cross_site', { offerConsent: true });
    const { code_challenge } = parseQuery(request, startCodeQuery);
    const state = newToken();
    const expiresAt = clock() + pendingLifetime;
    await pendingConsents.put({
      loginId: hashOf(state),
      binding: { codeChallenge: code_challenge },
      redirectUri: '',
      returnTo: '/',
      prompted: true,
      clientId,
      scopes,
      expiresAt,
    });
    return answer<'GET /auth/url'>(200, {
      ...{ clientId, scopes, state, nonce: nonceOf(state) },
      expiresAt: new Date(expiresAt).toISOString(),
    });
  };
}
