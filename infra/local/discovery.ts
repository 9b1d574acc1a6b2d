import * as v from 'valibot';
import { StartError } from './start-error.ts';

/** The hosts of this machine, as written in URLs. */
export const loopbackHosts = ['localhost', '127.0.0.1', '[::1]'];

const loopbackUrl = v.pipe(
  v.string(),
  v.check((value) => {
    const url = URL.parse(value);
    return url?.protocol === 'http:' && loopbackHosts.includes(url.hostname);
  }),
);

const documentSchema = v.object({
  issuer: loopbackUrl,
  authorization_endpoint: loopbackUrl,
  token_endpoint: loopbackUrl,
  revocation_endpoint: loopbackUrl,
  userinfo_endpoint: loopbackUrl,
  jwks_uri: loopbackUrl,
});

/** An OpenID issuer and the endpoints that a consent needs. */
export interface Issuer {
  readonly issuer: string;
  readonly authorization: string;
  readonly token: string;
  readonly revocation: string;
  readonly userinfo: string;
  readonly keys: string;
}

/**
 * Reads an issuer's discovery document (OpenID Connect Discovery 1.0, section 4).
 *
 * @throws StartError if the issuer does not answer within five seconds, or an endpoint is missing or not on loopback:
 *   it would receive the client secret and tokens
 */
export async function discover(address: string): Promise<Issuer> {
  const url = `${address.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const document = await fetch(url, { signal: AbortSignal.timeout(5000), redirect: 'error' })
    .then((response) => (response.ok ? response.json() : undefined))
    .catch(() => undefined);
  if (document === undefined) {
    throw new StartError(`no OpenID issuer answers at ${url}; start it first, or leave GOOGLE_ISSUER unset`);
  }
  const parsed = v.safeParse(documentSchema, document);
  if (!parsed.success) {
    const names = parsed.issues.map((issue) => v.getDotPath(issue) ?? 'the document').join(', ');
    throw new StartError(`${url} is refused: ${names} must be an http:// address on loopback`);
  }
  const { output } = parsed;
  return {
    issuer: output.issuer,
    authorization: output.authorization_endpoint,
    token: output.token_endpoint,
    revocation: output.revocation_endpoint,
    userinfo: output.userinfo_endpoint,
    keys: output.jwks_uri,
  };
}
