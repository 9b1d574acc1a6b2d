import type Provider from 'oidc-provider';
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { Artifacts } from './artifacts.ts';
import { readScopes } from './scopes.ts';

/** The parameters of an authorization request. */
type AuthorizationParameters = Readonly<Record<string, unknown>>;

/** Which scopes an account has granted, and what a further consent yields. */
export class Consents {
  readonly #artifacts: Artifacts;

  constructor(artifacts: Artifacts) {
    this.#artifacts = artifacts;
  }

  /** Returns every scope that the account has granted so far. */
  standing(accountId: string): Set<string> {
    return new Set(this.#artifacts.standingScopes(accountId).flatMap((scopes) => [...scopes]));
  }

  /** Says whether a request needs no further yes of the user: no prompt asked for, and all of it granted before. */
  covers(accountId: string, parameters: AuthorizationParameters): boolean {
    const prompts = String(parameters['prompt'] ?? '').split(' ');
    const standing = this.standing(accountId);
    return !prompts.includes('consent') && requested(parameters).every((scope) => standing.has(scope));
  }

  /**
   * Returns the scopes that the tokens of this consent carry. `offline_access` among them stands for a refresh
   * token: Google gives one for `access_type=offline` with `prompt=consent`, else only the first time.
   */
  scopesFor(accountId: string, parameters: AuthorizationParameters, granted: Iterable<string>): string[] {
    const scopes = new Set(granted);
    if (parameters['include_granted_scopes'] === 'true') {
      for (const scope of this.standing(accountId)) scopes.add(scope);
    }
    scopes.delete('offline_access');
    const prompts = String(parameters['prompt'] ?? '').split(' ');
    const first = this.#artifacts.standingScopes(accountId).length === 0;
    if (parameters['access_type'] === 'offline' && (first || prompts.includes('consent'))) {
      scopes.add('offline_access');
    }
    return [...scopes].filter((scope) => scope !== '');
  }

  /** Stores a consent: one grant for each, so that a later, narrower one leaves earlier tokens as they are. */
  async grant(
    provider: Provider,
    accountId: string,
    clientId: string,
    scopes: readonly string[],
  ): Promise<Grant> {
    const grant = new provider.Grant({ accountId, clientId });
    grant.addOIDCScope(scopes.join(' '));
    await grant.save();
    return grant;
  }

  /** Under `prompt=none`: the grant that needs no page, when the account has granted all of the request before. */
  async silently(context: KoaContextWithOIDC): Promise<Grant | undefined> {
    const { account, client, params, prompts } = context.oidc;
    if (!account || !client || !params || !prompts.has('none')) return undefined;
    if (!this.covers(account.accountId, params)) return undefined;
    const scopes = this.scopesFor(account.accountId, params, requested(params));
    params['scope'] = scopes.join(' ');
    return this.grant(context.oidc.provider, account.accountId, client.clientId, scopes);
  }
}

function requested(parameters: AuthorizationParameters): string[] {
  return readScopes(String(parameters['scope'] ?? ''));
}
