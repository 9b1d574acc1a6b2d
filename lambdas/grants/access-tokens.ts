import { Problem } from '../errors.ts';
import { describeError, type Logger } from '../log.ts';
import { countsOf, type Metrics } from '../metrics.ts';
import type { AccessToken, Grant, GrantStore } from './grant.ts';
import type { TokenCipher } from './token-cipher.ts';
import { decryptRefreshToken, tokenContext } from './vault.ts';

export interface TokenRefresher {
  /**
   * @returns the new access token, and when the grant ends if Google limits it; or `revoked` if Google answers
   *   `invalid_grant`.
   * @param boundTo the thumbprint of the key that the refresh token is bound to, if any
   * @throws Problem `google_unavailable`, `google_timeout`, `google_error`, `domain_policy` if an administrator blocks
   *   the application, `misconfigured` if Google refuses the client, `grant_unreadable` if the token is bound to
   *   another key than the current one, or `vault_unavailable` if the key cannot be used.
   */
  refresh(
    refreshToken: string,
    boundTo?: string,
  ): Promise<(AccessToken & Pick<Grant, 'grantExpiresAt'>) | 'revoked'>;
}

interface AccessTokenDependencies {
  readonly grants: Pick<GrantStore, 'putAccessToken' | 'dropAccessToken' | 'putStatus'>;
  readonly cipher: TokenCipher;
  readonly google: TokenRefresher;
  readonly log: Logger;
  /** Counts every renewal by its outcome, and every grant that Google has ended. */
  readonly metrics: Metrics;
  readonly clock?: () => number;
}

/** Access tokens of grants, reused until they expire and then renewed. */
export interface AccessTokens {
  /**
   * An access token for the grant: from this process's memory, else from the table, else a new one from Google.
   *
   * @throws Problem `grant_revoked`, and what the cipher, the refresher and the table throw.
   */
  get(grant: Grant): Promise<string>;
  /**
   * An access token for a backend: as `get`, but valid for at least five more minutes.
   *
   * @throws Problem as `get`.
   */
  issue(grant: Grant): Promise<AccessToken>;
  /**
   * Gmail refused this token: drops exactly this token from memory and table, and gets a new one from Google.
   *
   * @throws Problem as `get`.
   */
  replace(grant: Grant, refused: string): Promise<string>;
  /**
   * Requests once a new access token for a grant that is stored as revoked. If Google returns one, the grant becomes
   * active.
   *
   * @param beforeStored runs before the new status is stored; if it throws, the grant stays as it was
   * @returns whether the grant works again
   * @throws what the cipher, the refresher and the table throw.
   */
  revive(grant: Grant, beforeStored: () => Promise<void>): Promise<boolean>;
}

/** A token that expires within this time (milliseconds) counts as expired. */
const minRemaining = 60_000;

/** The same (milliseconds) for a backend, which has yet to receive and use the token. */
const minIssued = 5 * 60_000;

/** Tokens kept in memory; the oldest is evicted. */
const maxCached = 1_000;

/** Creates the access tokens of one process. Concurrent calls for one grant share one refresh. */
export function createAccessTokens(dependencies: AccessTokenDependencies): AccessTokens {
  const { grants, cipher, google, log, metrics, clock = Date.now } = dependencies;
  const remembered = new Map<string, AccessToken>();
  const underWay = new Map<string, Promise<AccessToken>>();

  const lasts = ({ expiresAt }: { expiresAt: number }, least = minRemaining) => clock() < expiresAt - least;

  function remember(grant: Grant, accessToken: AccessToken): AccessToken {
    remembered.delete(grant.consentId);
    remembered.set(grant.consentId, accessToken);
    const [oldest] = remembered.keys();
    if (remembered.size > maxCached && oldest !== undefined) remembered.delete(oldest);
    return accessToken;
  }

  function refresh(grant: Grant, refused?: AccessToken): Promise<AccessToken> {
    const current = underWay.get(grant.consentId);
    if (current !== undefined) return current;
    const promise = fromGoogle(grant, refused).finally(() => underWay.delete(grant.consentId));
    underWay.set(grant.consentId, promise);
    return promise;
  }

  async function fromTable(grant: Grant, least: number): Promise<AccessToken | undefined> {
    if (grant.accessToken === undefined || !lasts(grant.accessToken, least)) return undefined;
    const { ciphertext, expiresAt } = grant.accessToken;
    try {
      const token = await cipher.decrypt(ciphertext, tokenContext(grant, 'access'));
      return remember(grant, { token, expiresAt });
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'grant_unreadable')) throw error;
      log.error({
        event: 'access token unreadable',
        accountId: grant.accountId,
        ...describeError(error.cause),
      });
      return undefined;
    }
  }

  async function fromGoogle(grant: Grant, refused: AccessToken | undefined): Promise<AccessToken> {
    // If the renewal fails, no other process may use the refused token or issue it to a backend.
    if (refused !== undefined) await grants.dropAccessToken(grant, refused.expiresAt);
    const renewed = await countedRefresh(grant);
    if (renewed === 'revoked') {
      await markRevoked(grant);
      throw new Problem('grant_revoked');
    }
    return store(grant, renewed);
  }

  async function store(
    grant: Grant,
    { grantExpiresAt, ...accessToken }: AccessToken & Pick<Grant, 'grantExpiresAt'>,
  ): Promise<AccessToken> {
    const ciphertext = await cipher.encrypt(accessToken.token, tokenContext(grant, 'access'));
    // If this write loses to a newer consent, the caller still uses the token it got.
    await grants.putAccessToken(grant, { ciphertext, expiresAt: accessToken.expiresAt }, grantExpiresAt);
    return remember(grant, accessToken);
  }

  async function countedRefresh(grant: Grant): ReturnType<TokenRefresher['refresh']> {
    try {
      const answer = await google.refresh(await decryptRefreshToken(grant, cipher), grant.boundTo);
      metrics(countsOf({ Refreshes: 1 }), answer === 'revoked' ? 'revoked' : 'renewed');
      return answer;
    } catch (error) {
      metrics(countsOf({ Refreshes: 1 }), error instanceof Problem ? error.code : 'internal_error');
      throw error;
    }
  }

  async function markRevoked(grant: Grant): Promise<void> {
    remembered.delete(grant.consentId);
    const marked = await grants.putStatus(grant, 'revoked', clock());
    if (!marked) return;
    log.warn({ event: 'grant revoked', accountId: grant.accountId });
    metrics(countsOf({ GrantsRevoked: 1 }));
  }

  async function find(grant: Grant, least: number): Promise<AccessToken> {
    const known = remembered.get(grant.consentId);
    // Another process has renewed the token since: perhaps Gmail refused this one.
    const isSuperseded = (grant.accessToken?.expiresAt ?? 0) > (known?.expiresAt ?? 0);
    if (known !== undefined && lasts(known, least) && !isSuperseded) return known;
    // While a renewal is under way, the stored token may be the refused one.
    if (underWay.has(grant.consentId)) return refresh(grant);
    return (await fromTable(grant, least)) ?? (await refresh(grant));
  }

  return {
    get: async (grant) => (await find(grant, minRemaining)).token,
    issue: (grant) => find(grant, minIssued),
    replace: async (grant, refused) => {
      const known = remembered.get(grant.consentId);
      // Another request of this process has already replaced it.
      if (known !== undefined && known.token !== refused && lasts(known)) return known.token;
      remembered.delete(grant.consentId);
      return (await refresh(grant, known?.token === refused ? known : undefined)).token;
    },
    revive: async (grant, beforeStored) => {
      const renewed = await countedRefresh(grant);
      if (renewed === 'revoked') return false;
      await beforeStored();
      // A disconnect or a newer consent may have changed the grant meanwhile.
      if (!(await grants.putStatus(grant, 'active', clock()))) return false;
      log.info({ event: 'grant works again', accountId: grant.accountId });
      await store(grant, renewed);
      return true;
    },
  };
}
