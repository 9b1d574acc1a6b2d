import { Problem } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import { type Admission, isConnected } from '../grants/vault.ts';
import { visibleWords } from '../http/html.ts';
import { mailboxOf } from '../mail-address.ts';
import type { ExchangedCode } from './code-exchange.ts';
import type { Invitation } from './pending-consent.ts';

/** Who may connect a mailbox without an invitation. */
export interface SignUpPolicy {
  readonly signUp: 'links-only' | 'domains' | 'open';
  /** The Google Workspace domains of `domains`, in lower case. */
  readonly signUpDomains: readonly string[];
}

/** The account that consented, as far as Google has verified it. */
export type Person = Pick<ExchangedCode, 'email' | 'emailVerified' | 'hostedDomain'>;

/**
 * Decides whether an account may connect a mailbox, and its owner. An invitation admits the invited account, but takes
 * no mailbox from another owner. Without an invitation, an account with a stored grant is admitted and keeps its owner;
 * the policy decides on all others.
 *
 * @returns the admission for storeConsent; it throws Problem `account_mismatch`, `owner_mismatch` or `sign_up_closed`.
 */
export function admissionFor(
  person: Person,
  invitation: Invitation | undefined,
  policy: SignUpPolicy,
): Admission['admit'] {
  return (stored) => {
    if (invitation !== undefined) return invitedOwner(person, invitation, stored);
    if (isConnected(stored)) return stored.owner;
    if (!isAdmitted(person, policy)) throw new Problem('sign_up_closed');
    return undefined;
  };
}

function invitedOwner(person: Person, { owner, email }: Invitation, stored: Grant | undefined): string {
  if (email !== undefined && !hasAddress(person, email)) throw accountMismatch(person, { email });
  if (isConnected(stored) && stored.owner !== undefined && stored.owner !== owner) {
    throw new Problem('owner_mismatch');
  }
  return owner;
}

/**
 * The problem of a consent with a different account than the invited or the signed-in one. It names the invited address
 * and the chosen one.
 */
export function accountMismatch(
  { email, emailVerified }: Pick<Person, 'email' | 'emailVerified'>,
  invitation: Pick<Invitation, 'email'> | undefined,
): Problem {
  const chosen = email === '' ? 'another account' : visibleWords(email, 320);
  const words = emailVerified ? chosen : `${chosen}, an address that Google has not verified`;
  const invited = invitation?.email;
  if (invitation === undefined) {
    return new Problem('account_mismatch', {
      detail: `You chose ${words}, but you are signed in with another account. Choose that one, or log out first. Nothing was changed.`,
    });
  }
  return new Problem('account_mismatch', {
    detail:
      invited === undefined
        ? `The invitation is not for ${words}. Nothing was changed.`
        : `The invitation is for ${visibleWords(invited, 320)}, and you chose ${words}. Nothing was changed.`,
  });
}

function hasAddress({ email, emailVerified }: Person, invited: string): boolean {
  return emailVerified && mailboxOf(email) === mailboxOf(invited);
}

function isAdmitted(
  { emailVerified, hostedDomain = '' }: Person,
  { signUp, signUpDomains }: SignUpPolicy,
): boolean {
  if (signUp === 'open') return true;
  return signUp === 'domains' && emailVerified && signUpDomains.includes(hostedDomain.toLowerCase());
}
