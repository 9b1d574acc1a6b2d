import * as v from 'valibot';
import { Problem } from '../errors.ts';
import { isGmailAddress } from '../mail-address.ts';
import { isSameSecret } from '../secrets.ts';

/** The Google account of an ID token. */
interface GoogleUser {
  /** The account's stable `sub`: the key of all stored data. Addresses change. */
  readonly accountId: string;
  readonly email: string;
  /** Whether Google has verified the address. */
  readonly emailVerified: boolean;
  /** The Workspace domain of the account (`hd`); a consumer account has none, whatever its address. */
  readonly hostedDomain: string | undefined;
}

const claims = v.object({
  iss: v.string(),
  aud: v.string(),
  exp: v.number(),
  nonce: v.optional(v.string()),
  sub: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,255}$/)),
  email: v.optional(v.string(), ''),
  // Only the boolean `true` counts as verified.
  email_verified: v.fallback(v.boolean(), false),
  hd: v.fallback(v.optional(v.pipe(v.string(), v.nonEmpty())), undefined),
});

/** Google signs with RS256 only. A token that claims another algorithm, or none, is not Google's. */
const header = v.object({ alg: v.literal('RS256') });

/** The tolerated clock difference (seconds). */
const clockSkew = 300;

/**
 * Reads an ID token that came directly from the token endpoint over TLS. Its signature need not be verified then
 * (OpenID Connect Core, 3.1.3.7). Issuer, audience, expiry and, if one was sent, the nonce are checked.
 *
 * @throws Problem `no_user_id`.
 */
export function readIdToken(
  idToken: string | undefined,
  expected: { issuer: string; clientId: string; nonce?: string | undefined; now: number },
): GoogleUser {
  const user = v.safeParse(claims, decodeClaims(idToken ?? ''));
  if (!user.success) throw untrustedIdToken('has no usable claims');
  const { iss, aud, exp, nonce, sub, email, email_verified, hd } = user.output;
  if (!issuerNames(expected.issuer).includes(iss)) throw untrustedIdToken('names another issuer');
  if (aud !== expected.clientId) throw untrustedIdToken('is for another client');
  if (exp + clockSkew < expected.now / 1000) throw untrustedIdToken('has expired');
  if (!isAnswer(nonce, expected.nonce)) throw untrustedIdToken('answers another request');
  const emailVerified = isVerifiedByGoogle({ email, email_verified, hd });
  return { accountId: sub, email, emailVerified, hostedDomain: hd };
}

/**
 * Whether the address is verified and Google itself manages it (Gmail or Workspace). Another address may have changed
 * its owner since (Google, "Verify the Google ID token").
 */
export function isVerifiedByGoogle({
  email,
  email_verified,
  hd,
}: {
  readonly email: string;
  readonly email_verified: boolean;
  readonly hd?: string | undefined;
}): boolean {
  return email_verified && (isGmailAddress(email) || hd !== undefined);
}

function isAnswer(nonce: string | undefined, asked: string | undefined): boolean {
  return asked === undefined || (nonce !== undefined && isSameSecret(nonce, asked));
}

/** Google's ID tokens may name its issuer without the scheme. */
function issuerNames(issuer: string): string[] {
  return issuer === 'https://accounts.google.com' ? [issuer, 'accounts.google.com'] : [issuer];
}

/** The claims of a JWT in Google's form: three parts, and the header says that it is signed. */
function decodeClaims(idToken: string): unknown {
  const [, head = '', payload = ''] = /^([\w-]+)\.([\w-]+)\.[\w-]+$/.exec(idToken) ?? [];
  return v.is(header, decodePart(head)) ? decodePart(payload) : undefined;
}

function decodePart(part: string): unknown {
  const text = Buffer.from(part, 'base64url').toString();
  return v.safeParse(v.pipe(v.string(), v.parseJson()), text).output;
}

/** The problem of an ID token that cannot be trusted. */
export function untrustedIdToken(what: string): Problem {
  return new Problem('no_user_id', { cause: new Error(`The ID token ${what}.`) });
}
