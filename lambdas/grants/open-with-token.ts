import { AccessTokenRefused, Problem } from '../errors.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { Grant } from './grant.ts';

/**
 * Works with the opened Gmail. Calls must run one after the other.
 *
 * @throws Problem `google_unavailable` if Gmail refuses a new token; what AccessTokens and the work throw
 */
type UseOpened<Opened> = <Result>(work: (opened: Opened) => Promise<Result>) => Promise<Result>;

interface TokenUse<Opened> {
  readonly accessTokens: Pick<AccessTokens, 'get' | 'replace'>;
  readonly open: (accessToken: string) => Opened;
  /** Throws if there is no time left to repeat the work. */
  readonly beforeRenewal?: () => void;
  /** Charges the units of the work that is about to be repeated; throws if they cannot be charged. */
  readonly beforeRepeat?: (() => Promise<void>) | undefined;
  /** The retry time if Gmail refuses new tokens too; undefined: the caller decides. */
  readonly retryAfterSeconds?: number;
}

/**
 * Opens Gmail with the grant's access token, for one request or one job. If Gmail refuses the token, it is dropped and
 * renewed once, and the work is repeated. If Gmail refuses the new token too, Google is at fault: only the token
 * endpoint's `invalid_grant` ends a grant, never a 401 of Gmail.
 *
 * @throws Problem as AccessTokens
 */
export async function openWithToken<Opened>(
  grant: Grant,
  { accessTokens, open, beforeRenewal, beforeRepeat, retryAfterSeconds }: TokenUse<Opened>,
): Promise<UseOpened<Opened>> {
  let accessToken = await accessTokens.get(grant);
  let opened = open(accessToken);
  let renewed = false;

  return async function use<Result>(work: (opened: Opened) => Promise<Result>): Promise<Result> {
    try {
      return await work(opened);
    } catch (error) {
      if (!(error instanceof AccessTokenRefused)) throw error;
      if (renewed) throw refusesNewTokens(error, retryAfterSeconds);
    }
    beforeRenewal?.();
    renewed = true;
    accessToken = await accessTokens.replace(grant, accessToken);
    opened = open(accessToken);
    await beforeRepeat?.();
    return use(work);
  };
}

function refusesNewTokens(cause: AccessTokenRefused, retryAfterSeconds: number | undefined): Problem {
  return new Problem('google_unavailable', {
    detail: 'Gmail rejected an access token that Google had just issued. Try again later.',
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    cause,
  });
}
