import { createGrantsTable } from './aws/grants-table.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { connectTables } from './aws/table.ts';
import { createTokenCipher } from './aws/token-key.ts';
import { readConfig } from './config.ts';
import { disconnectRoute } from './disconnect/disconnect-mailbox.ts';
import { createTokenRevoker } from './google/oauth.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';

const config = readConfig(
  process.env,
  'origin',
  'loginsTable',
  'grantsTable',
  'tokenKey',
  'revocationEndpoint',
);
const { origin, revocationEndpoint } = config;
const tables = connectTables();

export const handler = createHandler(
  disconnectRoute({
    grants: createGrantsTable(tables, config.grantsTable),
    sessions: createSessionsTable(tables, config.loginsTable),
    cipher: createTokenCipher(config.tokenKey),
    google: createTokenRevoker({ revocationEndpoint }),
    cookies: createCookieJar(origin),
    origin,
    log,
  }),
  { origin, log },
);
