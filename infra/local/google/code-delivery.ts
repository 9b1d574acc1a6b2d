import type Provider from 'oidc-provider';
import { popUpPage } from './consent-pages.ts';
import { writeScopes } from './scopes.ts';

/** Google's word, in place of a redirect URI, for a code that a pop-up hands to the page that opened it. */
export const popUp = 'postmessage';

/** Stands for the redirect URI that a phone's code does not have: `oidc-provider` binds each code to one. */
export const noRedirect = 'urn:local-google:no-redirect';

/**
 * Teaches the provider to deliver codes to pop-ups.
 *
 * @param origins the pages that may receive them, as registered for the client; undefined for any
 */
export function deliverToPopUps(provider: Provider, origins: readonly string[] = ['*']): void {
  const { prototype } = provider.Client;
  const isRegistered = prototype.redirectUriAllowed;
  prototype.redirectUriAllowed = function (redirectUri) {
    return redirectUri === popUp || isRegistered.call(this, redirectUri);
  };
  provider.registerResponseMode(popUp, (context, _redirectUri, { code, state, error, error_description }) => {
    const granted = context.oidc.entities.AuthorizationCode;
    const scope = granted && writeScopes(granted.scopes);
    context.type = 'html';
    // What Google's library hands to its callback. An issuer (RFC 9207) does not come this way.
    context.body = popUpPage({ code, state, scope, error, error_description }, origins);
  });
}

/** An authorization request as the provider understands it. */
export function readPopUpRequest(form: URLSearchParams): URLSearchParams {
  if (form.get('redirect_uri') === popUp) form.set('response_mode', popUp);
  return form;
}

/** A code exchange as the provider understands it: a redirect URI that is empty or absent is a phone's. */
export function readExchange(form: URLSearchParams): URLSearchParams {
  if (form.get('grant_type') === 'authorization_code' && !form.get('redirect_uri')) {
    form.set('redirect_uri', noRedirect);
  }
  return form;
}
