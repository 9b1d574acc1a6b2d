import { Problem } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import { storeConsent, type VaultDependencies } from '../grants/vault.ts';
import { missingGmailScopes, parseScopes } from '../scopes.ts';
import type { CodeExchanger } from './code-exchange.ts';
import { type LinkUse, storeThroughLink } from './connect-link.ts';
import { openSecrets } from './pending-consent.ts';
import { admissionFor, otherAccount, type SignUpPolicy } from './sign-up.ts';
import type { VerifiedCode } from './verified-code.ts';

export interface ConsentCompletion extends VaultDependencies, LinkUse, SignUpPolicy {
  readonly google: CodeExchanger;
  /** Told of every grant that a consent stored or kept, before anybody is signed in. */
  readonly connected?: (grant: Pick<Grant, 'accountId' | 'generation' | 'owner'>) => Promise<void>;
  readonly clock?: () => number;
}

/**
 * Completes a consent: exchanges its verified code and stores the grant that this brings, if whoever consented is
 * welcome.
 *
 * @returns The grant that now stands; undefined when no refresh token came, and Google was not told to ask again.
 * @throws Problem `code_exchange_failed`, `account_mismatch`, `insufficient_scope`, `no_refresh_token`, `invalid_link`
 * when the connect link was used meanwhile, and what the exchanger, the sign-up policy and the vault throw.
 */
export async function completeConsent(
  { code, pending }: VerifiedCode,
  dependencies: ConsentCompletion,
): Promise<Grant | undefined> {
  const { google, cipher } = dependencies;
  const { clientId, redirectUri, expectedAccountId, invitation } = pending;
  if ((await google.clientId()) !== clientId) {
    throw new Problem('code_exchange_failed', {
      detail: 'The site changed its OAuth client while you were at Google. Nothing was stored. Start again.',
    });
  }
  const secrets = await openSecrets(pending, cipher);
  const exchanged = await google.exchangeCode({ code, redirectUri, ...secrets });
  const scopes = exchanged.scopes ?? parseScopes(pending.scopes.join(' '));
  // A token that is not stored is dropped, never revoked: revoking it would end the account's other grants too.
  if (expectedAccountId !== undefined && exchanged.accountId !== expectedAccountId) {
    throw otherAccount(exchanged, invitation);
  }
  if (missingGmailScopes(pending.scopes, scopes).length > 0) throw new Problem('insufficient_scope');
  const grant = await storeThroughLink(pending, dependencies, (claim) =>
    storeConsent(
      { ...exchanged, scopes, clientId, askedScopes: pending.scopes },
      { admit: admissionFor(exchanged, invitation, dependencies), claim },
      dependencies,
    ),
  );
  if (grant !== undefined) await dependencies.connected?.(grant);
  else if (pending.prompted) throw new Problem('no_refresh_token');
  return grant;
}
