import { Problem } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import { isConnected, storeConsent, type VaultDependencies } from '../grants/vault.ts';
import { missingGmailScopes, parseScopes } from '../scopes.ts';
import type { CodeExchanger } from './code-exchange.ts';
import { type LinkUse, storeThroughLink } from './connect-link.ts';
import { type ClientNames, requireOneClient } from './one-client.ts';
import { decryptSecrets } from './pending-consent.ts';
import { accountMismatch, admissionFor, type Person, type SignUpPolicy } from './sign-up.ts';
import type { VerifiedCode } from './verified-code.ts';

/** Whether the account has Gmail; true if the check itself fails. */
export type GmailCheck = (accessToken: string) => Promise<boolean>;

export interface ConsentCompletion extends VaultDependencies, LinkUse, SignUpPolicy, ClientNames {
  readonly google: CodeExchanger;
  readonly hasGmail: GmailCheck;
  /** Called for every grant that a consent stored or kept, before a session starts. */
  readonly connected?: (grant: Grant, person: Person) => Promise<void>;
  readonly clock?: () => number;
}

/**
 * Completes a consent: exchanges its verified code and stores the grant, if the account is admitted.
 *
 * @returns the grant that is now stored; undefined if no refresh token came and the user was not prompted.
 * @throws Problem `code_exchange_failed`, `account_mismatch`, `insufficient_scope`, `no_refresh_token`,
 *   `gmail_not_enabled`, `invalid_link` if the connect link was used meanwhile, `misconfigured` if the deployment and
 *   the exchanger name different clients, and what the exchanger, the sign-up policy and the vault throw.
 */
export async function completeConsent(
  { code, pending }: VerifiedCode,
  dependencies: ConsentCompletion,
): Promise<Grant | undefined> {
  const { google, cipher } = dependencies;
  const { clientId, binding, redirectUri, expectedAccountId, invitation } = pending;
  if ((await google.clientId(clientId)) !== clientId) {
    await requireOneClient(dependencies);
    throw new Problem('code_exchange_failed', {
      detail: 'The site changed its OAuth client while you were at Google. Nothing was stored. Start again.',
    });
  }
  const secrets = await decryptSecrets(pending, cipher);
  const exchanged = await google.exchangeCode({ code, redirectUri, ...secrets });
  const scopes = exchanged.scopes ?? parseScopes(pending.scopes.join(' '));
  // Tokens that are not stored are dropped, never revoked: a revocation would end the account's other grants too.
  if (expectedAccountId !== undefined && exchanged.accountId !== expectedAccountId) {
    throw 'browserHash' in binding ? accountMismatch(exchanged, invitation) : injectedCode();
  }
  if (missingGmailScopes(pending.scopes, scopes).length > 0) throw new Problem('insufficient_scope');
  const hasGmail = await dependencies.hasGmail(exchanged.accessToken.token);
  const admitPerson = admissionFor(exchanged, invitation, dependencies);
  const admit = (stored: Grant | undefined) => {
    const owner = admitPerson(stored);
    // A connected user can still sign in, to read the copy or to disconnect; the sync is paused.
    if (!hasGmail && !isConnected(stored)) throw withoutGmail();
    return owner;
  };
  const grant = await storeThroughLink(pending, dependencies, (claim) =>
    storeConsent(
      { ...exchanged, scopes, clientId, askedScopes: pending.scopes },
      { admit, claim },
      dependencies,
    ),
  );
  if (grant !== undefined) {
    await dependencies.connected?.(grant, exchanged);
    return { ...grant, email: exchanged.email || grant.email };
  }
  if (pending.prompted) throw new Problem('no_refresh_token');
  return undefined;
}

/** Does not name the account, because the code may be stolen. */
function injectedCode(): Problem {
  return new Problem('account_mismatch', {
    detail: 'The code belongs to a different Google account than the sign-in. Nothing was stored.',
  });
}

function withoutGmail(): Problem {
  return new Problem('gmail_not_enabled', {
    detail: 'Nothing was stored. Choose another account, or turn on Gmail for this one and start again.',
  });
}
