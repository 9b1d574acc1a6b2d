import { googleConnections } from '../errors.ts';
import type { EndingGrant } from '../grants/grant.ts';
import { type EndGrantDependencies, endGrant } from './end-grant.ts';

export interface FinishDisconnectDependencies extends EndGrantDependencies {
  /** One grant, read consistently. */
  readonly findGrant: (accountId: string) => Promise<EndingGrant | undefined>;
  readonly clock?: () => number;
}

/** A disconnect that began within this time (milliseconds) may be running: a function has 15 minutes at the most. */
const stillRunning = 15 * 60_000;

/** For this long (milliseconds) a grant is kept so that Google can be told of its end. */
const patience = 24 * 60 * 60_000;

/**
 * Finishes the disconnect of an account where one was cut off: after a quarter of an hour. While Google cannot be
 * told, the grant stays for another try, but no longer than a day: the person asked for it to be erased.
 *
 * @returns whether the grant was erased
 * @throws Problem `storage_unavailable` or `misconfigured`
 */
export async function finishDisconnect(
  accountId: string,
  dependencies: FinishDisconnectDependencies,
): Promise<boolean> {
  const { findGrant, log, clock = Date.now } = dependencies;
  const grant = await findGrant(accountId);
  if (grant?.status !== 'disconnecting') return false;
  const age = clock() - (grant.statusSince ?? 0);
  if (age < stillRunning) return false;
  const { revokedAtGoogle, erased } = await endGrant(grant, { mustBeRevoked: age < patience }, dependencies);
  if (erased && !revokedAtGoogle) {
    log.warn({
      event: 'erased, not revoked at google',
      accountId,
      remedy: `the user can remove access at ${googleConnections}`,
    });
  }
  return erased;
}
