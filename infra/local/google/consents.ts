import type Provider from 'oidc-provider';
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { Artifacts } from './artifacts.ts';
import { readScopes } from './scopes.ts';

/** The parameters of an authorization request. */
type AuthorizationParameters = Readonly<Record<string, unknown>>;

/** The scopes that an account has granted, and the result of a further consent. */
export class Consents {
  readonly #artifacts: Artifacts;

  constructor(artifacts: Artifacts) {
    this.#artifacts = artifacts;
  }

  /** Returns every scope that the account has granted so far. */
  standing(accountId: string): Set<string> {
    return new Set(this.#artifacts.standingScopes(accountId).flatMap((scopes) => [...scopes]));
  }

  /** Whether a request needs no further consent: it asks for no prompt, and all its scopes were granted before. */
  covers(accountId: string, parameters: AuthorizationParameters): boolean {
    const prompts = String(parameters['prompt'] ?? '').split(' ');
    const standing = this.standing(accountId);
    return !prompts.includes('consent') && requested(parameters).every((scope) => standing.has(scope));
  }

  /**
   * Returns the scopes of this consent's tokens. `offline_access` among them means a refresh token: Google issues one
   * for `access_type=offline` with `prompt=consent`, otherwise only the first time.
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

  /** Stores a consent. Each has its own grant, so that a later, narrower one does not change earlier tokens. */
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

  /** Under `prompt=none`: the grant without a page, if the account has granted the whole request before. */
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
