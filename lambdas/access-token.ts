import { createClientSecretReader } from './aws/client-secret.ts';
import { createDpopKey } from './aws/dpop-key.ts';
import { createGrantsTable } from './aws/grants-table.ts';
import { connectTables } from './aws/table.ts';
import { createTokenCipher } from './aws/token-key.ts';
import { readConfig } from './config.ts';
import { createClientCredentials } from './google/client-credentials.ts';
import { createGoogleOAuth } from './google/oauth.ts';
import { createAccessTokens } from './grants/access-tokens.ts';
import { logDecryptions } from './grants/log-decryptions.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { issueAccessTokenRoute } from './owners/issue-access-token.ts';

const config = readConfig(
  process.env,
  'origin',
  'scopes',
  'grantsTable',
  'tokenKey',
  'dpopKey',
  'clientSecretId',
  'googleIssuer',
  'tokenEndpoint',
  'accessTokens',
  'stage',
);
const { origin, scopes, tokenEndpoint, googleIssuer: issuer } = config;
const grants = createGrantsTable(connectTables(), config.grantsTable);
const cipher = logDecryptions(createTokenCipher(config.tokenKey), 'issue an access token', log);
const client = createClientCredentials(createClientSecretReader(config.clientSecretId));
const proofKey = createDpopKey(config.dpopKey);
const google = createGoogleOAuth({ client, issuer, tokenEndpoint, proofKey, log });

export const handler = createHandler(
  issueAccessTokenRoute({
    allowed: config.accessTokens === 'on',
    grants,
    accessTokens: createAccessTokens({ grants, cipher, google, log, metrics: createMetrics(config.stage) }),
    clientId: google.clientId,
    scopes,
    log,
  }),
  { origin, log },
);
