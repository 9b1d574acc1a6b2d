import { googleConnections } from '../errors.ts';
import type { EndingGrant } from '../grants/grant.ts';
import { type EndGrantDependencies, endGrant } from './end-grant.ts';

interface FinishDisconnectDependencies extends EndGrantDependencies {
  /** One grant, read consistently. */
  readonly findGrant: (accountId: string) => Promise<EndingGrant | undefined>;
  readonly clock?: () => number;
}

/** A disconnect that began within this time (milliseconds) may still be running: a function runs at most 15 minutes. */
const stillRunning = 15 * 60_000;

/** How long a grant is kept to retry its revocation at Google (milliseconds). */
const patience = 24 * 60 * 60_000;

/**
 * Finishes a disconnect that was interrupted, after 15 minutes. While the revocation at Google fails, the grant is kept
 * for another try, but at most for a day, because the user asked for its erasure.
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
