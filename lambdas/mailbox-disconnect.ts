import { createGrantsTable } from './aws/grants-table.ts';
import { createSyncQueue } from './aws/sync-queue.ts';
import { connectTables } from './aws/table.ts';
import { connectKms, createTokenCipher } from './aws/token-key.ts';
import { readConfig } from './config.ts';
import { disconnectRoute } from './disconnect/disconnect-mailbox.ts';
import { createTokenRevoker } from './google/oauth.ts';
import { logDecryptions } from './grants/log-decryptions.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { enqueueErasure } from './sync/mailbox/erase.ts';
import { wireSessions } from './wire-sessions.ts';

const config = readConfig(
  process.env,
  'origin',
  'loginsTable',
  'loginKey',
  'grantsTable',
  'tokenKey',
  'revocationEndpoint',
  'syncQueue',
);
const { origin, revocationEndpoint } = config;
const tables = connectTables();
const kms = connectKms();
const queue = createSyncQueue(config.syncQueue);

export const handler = createHandler(
  disconnectRoute({
    grants: createGrantsTable(tables, config.grantsTable),
    ...wireSessions(config, tables),
    cipher: logDecryptions(createTokenCipher(config.tokenKey, kms), 'revoke a grant', log),
    google: createTokenRevoker({ revocationEndpoint }),
    origin,
    log,
    eraseCopy: (grant) => enqueueErasure(grant, queue),
  }),
  { origin, log },
);
