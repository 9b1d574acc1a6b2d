import { createClientSecretReader } from './aws/client-secret.ts';
import { createDpopKey } from './aws/dpop-key.ts';
import { createGrantsTable } from './aws/grants-table.ts';
import type { connectSecrets } from './aws/secret.ts';
import { connectKms, createTokenCipher } from './aws/token-key.ts';
import type { Config } from './config.ts';
import { createClientCredentials } from './google/client-credentials.ts';
import { createGoogleOAuth } from './google/oauth.ts';
import { createTransport, type Transport } from './google/transport.ts';
import { createAccessTokens } from './grants/access-tokens.ts';
import { type DecryptionReason, logDecryptions } from './grants/log-decryptions.ts';
import { log } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Tables } from './wire-route.ts';

/** The settings of wireGrants. */
export const grantSettings = [
  ...(['scopes', 'grantsTable', 'tokenKey', 'dpopKey'] as const),
  ...(['clientSecretId', 'googleIssuer', 'tokenEndpoint', 'stage'] as const),
] as const;

type GrantConfig = Config<(typeof grantSettings)[number]>;

/** Clients that the function also uses otherwise, and the redirect URI if it exchanges codes. */
interface Shared {
  readonly secrets?: ReturnType<typeof connectSecrets>;
  readonly transport?: Transport;
  readonly redirectUri?: string;
}

/** Wires grants to their table, their keys and Google's token endpoint. */
export function wireGrants(
  config: GrantConfig,
  tables: Tables,
  reason: DecryptionReason,
  { secrets, transport = createTransport(), redirectUri }: Shared = {},
) {
  const kms = connectKms();
  return {
    grants: createGrantsTable(tables, config.grantsTable),
    cipher: logDecryptions(createTokenCipher(config.tokenKey, kms), reason, log),
    google: createGoogleOAuth({
      client: createClientCredentials(createClientSecretReader(config.clientSecretId, secrets)),
      issuer: config.googleIssuer,
      tokenEndpoint: config.tokenEndpoint,
      redirectUri,
      proofKey: createDpopKey(config.dpopKey, kms),
      log,
      transport,
    }),
  };
}

/** Wires the access tokens of grants, and what decides whether a grant can be used. */
export function wireAccessTokens(
  config: GrantConfig,
  tables: Tables,
  reason: DecryptionReason,
  shared?: Shared,
) {
  const wired = wireGrants(config, tables, reason, shared);
  return {
    grants: wired.grants,
    accessTokens: createAccessTokens({ ...wired, log, metrics: createMetrics(config.stage) }),
    clientId: wired.google.clientId,
    scopes: config.scopes,
  };
}
