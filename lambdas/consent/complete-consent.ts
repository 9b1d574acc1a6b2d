import { Problem } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import { isConnected, storeConsent, type VaultDependencies } from '../grants/vault.ts';
import { missingGmailScopes, parseScopes } from '../scopes.ts';
import type { CodeExchanger } from './code-exchange.ts';
import { type LinkUse, storeThroughLink } from './connect-link.ts';
import { type ClientNames, requireOneClient } from './one-client.ts';
import { openSecrets } from './pending-consent.ts';
import { accountMismatch, admissionFor, type Person, type SignUpPolicy } from './sign-up.ts';
import type { VerifiedCode } from './verified-code.ts';

/** Whether the account has Gmail, as far as Gmail says: any failure of the check itself counts as a yes. */
export type GmailCheck = (accessToken: string) => Promise<boolean>;

export interface ConsentCompletion extends VaultDependencies, LinkUse, SignUpPolicy, ClientNames {
  readonly google: CodeExchanger;
  readonly hasGmail: GmailCheck;
  /** Told of every grant that a consent stored or kept, before anybody is signed in. */
  readonly connected?: (grant: Grant, person: Person) => Promise<void>;
  readonly clock?: () => number;
}

/**
 * Completes a consent: exchanges its verified code and stores the grant that this brings, if whoever consented is
 * welcome.
 *
 * @returns The grant that now stands; undefined when no refresh token came, and Google was not told to ask again.
 * @throws Problem `code_exchange_failed`, `account_mismatch`, `insufficient_scope`, `no_refresh_token`,
 * `gmail_not_enabled`, `invalid_link` when the connect link was used meanwhile, `misconfigured` when the deployment names
 * another client than the exchanger, and what that, the sign-up policy and the vault throw.
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
  const secrets = await openSecrets(pending, cipher);
  const exchanged = await google.exchangeCode({ code, redirectUri, ...secrets });
  const scopes = exchanged.scopes ?? parseScopes(pending.scopes.join(' '));
  // A token that is not stored is dropped, never revoked: revoking it would end the account's other grants too.
  if (expectedAccountId !== undefined && exchanged.accountId !== expectedAccountId) {
    throw 'browserHash' in binding ? accountMismatch(exchanged, invitation) : injectedCode();
  }
  if (missingGmailScopes(pending.scopes, scopes).length > 0) throw new Problem('insufficient_scope');
  const hasGmail = await dependencies.hasGmail(exchanged.accessToken.token);
  const admitPerson = admissionFor(exchanged, invitation, dependencies);
  const admit = (stored: Grant | undefined) => {
    const owner = admitPerson(stored);
    // A user who is already connected can still sign in, to read the copy or disconnect; the sync is paused.
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

/** Does not name the account: the code may be a stolen one. */
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
