import { join } from 'node:path';
import * as v from 'valibot';
import type { SettingName } from '../../lambdas/config.ts';
import {
  type ClientSecret,
  localClientSecret,
  readClientSecret,
  writeLocalClientSecret,
} from './client-secret.ts';
import { discover } from './discovery.ts';
import { type LocalGoogle, startLocalGoogle } from './google/google.ts';
import type { Quota } from './google/quota.ts';
import type { LogRecord } from './log-record.ts';
import { StartError } from './start-error.ts';

/** Selects the Google to use. */
export interface GoogleOptions {
  /** The site's origin, to which the consent returns. */
  readonly origin: string;
  readonly googlePort: number;
  readonly dataFolder: string;
  readonly clientSecretFile?: string | undefined;
  readonly googleIssuer?: string | undefined;
  readonly gmailRootUrl?: string | undefined;
  readonly applicationName?: string | undefined;
  readonly demoMessages?: number | undefined;
  /** The local Google's quota, where it differs from Google's. */
  readonly quota?: Partial<Quota> | undefined;
  readonly onLog?: ((record: LogRecord) => void) | undefined;
}

/** The Google that the functions use. */
export interface ChosenGoogle {
  /** The settings that point the functions to it; none for the real one. */
  readonly settings: Readonly<Partial<Record<SettingName, string>>>;
  readonly client: ClientSecret;
  /** The local Google and the addresses of its accounts; undefined with the real one. */
  readonly local:
    | (Pick<LocalGoogle, 'origin' | 'refuse'> & { readonly accounts: readonly string[] })
    | undefined;
  close(): Promise<void>;
}

/**
 * Uses the real Google if there is a client secret file and no issuer is named. Otherwise it starts the local Google; a
 * named issuer or Gmail root replaces that part of it.
 *
 * @throws StartError if the client secret file, the issuer or the local Google's data is invalid
 */
export async function chooseGoogle(options: GoogleOptions): Promise<ChosenGoogle> {
  const { clientSecretFile, googleIssuer, gmailRootUrl } = options;
  const ownClient = clientSecretFile === undefined ? undefined : readClientSecret(clientSecretFile);
  if (ownClient !== undefined && googleIssuer === undefined) {
    const settings = gmailRootUrl === undefined ? {} : { gmailRootUrl: withSlash(gmailRootUrl) };
    return { settings, client: ownClient, local: undefined, close: async () => {} };
  }
  const file = join(options.dataFolder, 'client_secret.json');
  const localClient = { ...localClientSecret(file), redirectUris: [`${options.origin}/auth/callback`] };
  const local = await startGoogle(options, localClient);
  try {
    const own = await discover(local.origin);
    const issuer = googleIssuer === undefined ? own : await discover(googleIssuer);
    const client = ownClient ?? writeLocalClientSecret(file, localClient, own);
    const settings = {
      googleIssuer: issuer.issuer,
      authorizationEndpoint: issuer.authorization,
      tokenEndpoint: issuer.token,
      revocationEndpoint: issuer.revocation,
      userinfoEndpoint: issuer.userinfo,
      keysEndpoint: issuer.keys,
      gmailRootUrl: withSlash(gmailRootUrl ?? local.origin),
    };
    const accounts = await listAccounts(local.origin);
    const { origin, refuse } = local;
    return { settings, client, local: { origin, refuse, accounts }, close: () => local.close() };
  } catch (error) {
    await local.close();
    throw error;
  }
}

async function startGoogle(options: GoogleOptions, client: ClientSecret): Promise<LocalGoogle> {
  const { googlePort, dataFolder, applicationName, demoMessages, quota, onLog } = options;
  const { clientId, clientSecret, redirectUris } = client;
  try {
    return await startLocalGoogle({
      port: googlePort,
      dataFolder: join(dataFolder, 'google'),
      client: { clientId, clientSecret, redirectUris },
      applicationName,
      ...(demoMessages !== undefined && { demoMessages }),
      ...(quota !== undefined && { quota }),
      log: (fields) =>
        onLog?.({ time: new Date().toISOString(), level: 'info', functionName: 'local-google', fields }),
    });
  } catch (error) {
    if (error instanceof StartError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new StartError(
      code === 'EADDRINUSE'
        ? `port ${googlePort} is taken; choose another for the local Google with GOOGLE_PORT=…`
        : `the local Google cannot start: ${message.split('\n')[0]}`,
    );
  }
}

const accountsSchema = v.object({ accounts: v.array(v.object({ email: v.string() })) });

async function listAccounts(origin: string): Promise<string[]> {
  const response = await fetch(`${origin}/admin/accounts`);
  return v.parse(accountsSchema, await response.json()).accounts.map(({ email }) => email);
}

/** Gmail's client library joins root and path without a slash. */
function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
