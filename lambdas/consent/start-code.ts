import * as v from 'valibot';
import { Problem } from '../errors.ts';
import { isAllowedCaller, type Origins } from '../http/allowed-origins.ts';
import { codeChallenge, codeChallengeMethod } from '../http/code-challenge.ts';
import type { Route } from '../http/handler.ts';
import { once, parseQuery } from '../http/query.ts';
import { redirectUriOf } from '../http/redirect-uri.ts';
import { json } from '../http/response.ts';
import { hashOf, randomToken } from '../secrets.ts';
import { pendingLifetime } from './pending-consent.ts';
import { type ConsentStart, loginHint } from './start-consent.ts';

export interface StartCodeDependencies extends Omit<ConsentStart, 'cipher'>, Origins {}

/** What Google's pop-up names as redirect URI, at the token endpoint too. */
const popUp = 'postmessage';

/**
 * What the program says.
 *
 * @param callback our own redirect URI, which a pop-up may name as well
 */
export const startCodeQuery = (callback: string) =>
  v.object({
    purpose: v.pipe(once, v.literal('code', 'can only be code')),
    code_challenge: v.pipe(v.optional(once, ['']), codeChallenge),
    code_challenge_method: codeChallengeMethod,
    redirect_uri: v.pipe(
      v.optional(once, [popUp]),
      v.picklist([popUp, '', callback], `can only be ${popUp}, ${callback} or empty`),
    ),
    login_hint: loginHint,
  });

/**
 * Starts a consent of a program that gets the authorization code itself, by Google's pop-up or a phone, and will bring it
 * with the verifier of its challenge (`GET /auth/url?purpose=code`). No cookie binds it; and since Google's libraries
 * ask without a nonce and a PKCE challenge of ours, there are none.
 */
export function startCodeRoute(dependencies: StartCodeDependencies): Route {
  const { pendingConsents, scopes, origin, clock = Date.now, newToken = randomToken } = dependencies;
  const query = startCodeQuery(redirectUriOf(origin));
  return async (request) => {
    if (!isAllowedCaller(request, dependencies)) throw new Problem('cross_site', { offerConsent: true });
    const parameters = parseQuery(request, query);
    const redirectUri = parameters.redirect_uri;
    const clientId = await dependencies.clientId();
    const state = newToken();
    const expiresAt = clock() + pendingLifetime;
    await pendingConsents.put({
      loginId: hashOf(state),
      binding: { codeChallenge: parameters.code_challenge },
      redirectUri,
      returnTo: '/',
      prompted: true,
      clientId,
      scopes,
      expiresAt,
    });
    // A phone has no address to go to: its system asks Google.
    const authorizationUrl =
      redirectUri === popUp
        ? dependencies.buildAuthorizationUrl({
            ...{ clientId, redirectUri, scopes, state, promptConsent: true },
            loginHint: parameters.login_hint,
          })
        : undefined;
    return json(200, {
      ...{ authorizationUrl, clientId, scopes, state },
      expiresAt: new Date(expiresAt).toISOString(),
    });
  };
}
