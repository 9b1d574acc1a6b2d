import * as v from 'valibot';
import { Problem } from '../errors.ts';

/** Whose account it is. */
export interface GoogleUser {
  /** The account's stable number: the key of everything we store. Addresses change. */
  readonly accountId: string;
  readonly email: string;
}

const claims = v.object({
  iss: v.string(),
  aud: v.string(),
  exp: v.number(),
  nonce: v.string(),
  sub: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,255}$/)),
  email: v.optional(v.string(), ''),
});

/** Clocks may differ by this much (seconds). */
const clockSkew = 300;

/**
 * Reads an ID token that came straight from the token endpoint over TLS. Its signature need not be checked then
 * (OpenID Connect Core, 3.1.3.7); its issuer, audience, expiry and nonce must be.
 *
 * @throws Problem `no_user_id`.
 */
export function readIdToken(
  idToken: string | undefined,
  expected: { issuer: string; clientId: string; nonce: string; now: number },
): GoogleUser {
  const user = v.safeParse(claims, decodePayload(idToken ?? ''));
  if (!user.success) throw untrusted('has no usable claims');
  const { iss, aud, exp, nonce, sub, email } = user.output;
  if (!issuerNames(expected.issuer).includes(iss)) throw untrusted('names another issuer');
  if (aud !== expected.clientId) throw untrusted('is for another client');
  if (exp + clockSkew < expected.now / 1000) throw untrusted('has expired');
  if (nonce !== expected.nonce) throw untrusted('answers another request');
  return { accountId: sub, email };
}

/** Google's ID tokens also carry its issuer without the scheme, as of old. */
function issuerNames(issuer: string): string[] {
  return issuer === 'https://accounts.google.com' ? [issuer, 'accounts.google.com'] : [issuer];
}

function decodePayload(idToken: string): unknown {
  const [, payload = ''] = idToken.split('.');
  const text = Buffer.from(payload, 'base64url').toString();
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  return parsed.output;
}

function untrusted(what: string): Problem {
  return new Problem('no_user_id', { cause: new Error(`The ID token ${what}.`) });
}
