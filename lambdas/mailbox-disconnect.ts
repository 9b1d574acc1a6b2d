import { createGrantsTable } from './aws/grants-table.ts';
import { createSyncQueue } from './aws/sync-queue.ts';
import { createTokenCipher } from './aws/token-key.ts';
import { disconnectRoute } from './disconnect/disconnect-mailbox.ts';
import { createTokenRevoker } from './google/oauth.ts';
import { logDecryptions } from './grants/log-decryptions.ts';
import { log } from './log.ts';
import { enqueueErasure } from './sync/mailbox/erase.ts';
import { wireSessionRoute } from './wire-sessions.ts';

export const handler = wireSessionRoute(
  ['grantsTable', 'tokenKey', 'revocationEndpoint', 'syncQueue'],
  ({ origin, revocationEndpoint, ...config }, { tables, ...sessions }) => {
    const queue = createSyncQueue(config.syncQueue);
    return disconnectRoute({
      ...sessions,
      grants: createGrantsTable(tables, config.grantsTable),
      cipher: logDecryptions(createTokenCipher(config.tokenKey), 'revoke a grant', log),
      google: createTokenRevoker({ revocationEndpoint }),
      origin,
      log,
      eraseCopy: (grant) => enqueueErasure(grant, queue),
    });
  },
);
