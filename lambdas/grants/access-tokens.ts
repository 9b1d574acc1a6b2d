import { Problem } from '../errors.ts';
import { describeError, type Logger } from '../log.ts';
import { countsOf, type Metrics } from '../metrics.ts';
import type { AccessToken, Grant, GrantStore } from './grant.ts';
import type { TokenCipher } from './token-cipher.ts';
import { decryptRefreshToken, tokenContext } from './vault.ts';

/** Asks Google for an access token. */
export interface TokenRefresher {
  /**
   * @returns The new access token, and when the grant ends, if Google limits it in time; or `revoked` when Google answers `invalid_grant`.
   * @param boundTo what names the key to which the refresh token is bound, if it is
   * @throws Problem `google_unavailable`, `google_timeout`, `google_error`, `domain_policy` when an administrator
   * forbids it, `misconfigured` when Google refuses the client, which is never the user's doing, `grant_unreadable` when
   * the token is bound to another key than the one in use, or `vault_unavailable` when that cannot be used.
   */
  refresh(
    refreshToken: string,
    boundTo?: string,
  ): Promise<(AccessToken & Pick<Grant, 'grantExpiresAt'>) | 'revoked'>;
}

export interface AccessTokenDependencies {
  readonly grants: Pick<GrantStore, 'putAccessToken' | 'dropAccessToken' | 'putStatus'>;
  readonly cipher: TokenCipher;
  readonly google: TokenRefresher;
  readonly log: Logger;
  /** Told of every renewal, by what came of it, and of grants that died. */
  readonly metrics: Metrics;
  readonly clock?: () => number;
}

/** Access tokens of grants: reused while they last, renewed when they end. */
export interface AccessTokens {
  /**
   * An access token for the grant: from this process's memory, else the table's, else a new one from Google.
   *
   * @throws Problem `grant_revoked`, and what the cipher, the refresher and the table throw.
   */
  get(grant: Grant): Promise<string>;
  /**
   * An access token to be given away: as `get`, but with five minutes left at the least.
   *
   * @throws Problem as `get`.
   */
  issue(grant: Grant): Promise<AccessToken>;
  /**
   * Gmail refused this token: drops it, and no other, from memory and table, and gets a new one from Google.
   *
   * @throws Problem as `get`.
   */
  replace(grant: Grant, refused: string): Promise<string>;
  /**
   * Asks Google once for a new access token of a grant that is stored as revoked; if Google gives one, the grant becomes
   * active.
   *
   * @param beforeStored runs before that is stored; what it throws leaves the grant as it was
   * @returns whether the grant works again
   * @throws what the cipher, the refresher and the table throw.
   */
  revive(grant: Grant, beforeStored: () => Promise<void>): Promise<boolean>;
}

/** A token that ends within this time (milliseconds) is as good as ended. */
const leastRemaining = 60_000;

/** As much (milliseconds) for whoever has yet to receive it and begin. */
const leastIssued = 5 * 60_000;

/** Tokens held in memory; the oldest makes room. */
const mostRemembered = 1_000;

/** Creates the access tokens of one process. Simultaneous needs of one grant share one refresh. */
export function createAccessTokens(dependencies: AccessTokenDependencies): AccessTokens {
  const { grants, cipher, google, log, metrics, clock = Date.now } = dependencies;
  const remembered = new Map<string, AccessToken>();
  const underWay = new Map<string, Promise<AccessToken>>();

  const lasts = ({ expiresAt }: { expiresAt: number }, least = leastRemaining) => clock() < expiresAt - least;

  function remember(grant: Grant, accessToken: AccessToken): AccessToken {
    remembered.delete(grant.consentId);
    remembered.set(grant.consentId, accessToken);
    const [oldest] = remembered.keys();
    if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
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
    // If the renewal fails, no other process may use the refused token or give it to a backend.
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
    // Whoever loses this write to a newer consent still uses the token it got.
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
    // While a new one is on its way, the table’s may be the one that Gmail refused.
    if (underWay.has(grant.consentId)) return refresh(grant);
    return (await fromTable(grant, least)) ?? (await refresh(grant));
  }

  return {
    get: async (grant) => (await find(grant, leastRemaining)).token,
    issue: (grant) => find(grant, leastIssued),
    replace: async (grant, refused) => {
      const known = remembered.get(grant.consentId);
      // Another request of this process has replaced it already.
      if (known !== undefined && known.token !== refused && lasts(known)) return known.token;
      remembered.delete(grant.consentId);
      return (await refresh(grant, known?.token === refused ? known : undefined)).token;
    },
    revive: async (grant, beforeStored) => {
      const renewed = await countedRefresh(grant);
      if (renewed === 'revoked') return false;
      await beforeStored();
      // A disconnect or a newer consent may have come meanwhile.
      if (!(await grants.putStatus(grant, 'active', clock()))) return false;
      log.info({ event: 'grant works again', accountId: grant.accountId });
      await store(grant, renewed);
      return true;
    },
  };
}
