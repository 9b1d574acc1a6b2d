import type Provider from 'oidc-provider';

/** The placeholder redirect URI of a phone's code, because `oidc-provider` binds each code to one. */
export const noRedirect = 'urn:local-google:no-redirect';

/** A code exchange in the provider's form: an empty or missing redirect URI is a phone's. */
export async function readExchange(form: URLSearchParams, provider: Provider): Promise<URLSearchParams> {
  if (form.get('grant_type') !== 'authorization_code') return form;
  if (!form.get('redirect_uri')) form.set('redirect_uri', noRedirect);
  // Google does not document whether it refuses a verifier for a code without a challenge; this assumes that it does
  // not.
  const code = await provider.AuthorizationCode.find(form.get('code') ?? '');
  if (code?.codeChallenge === undefined) form.delete('code_verifier');
  return form;
}
