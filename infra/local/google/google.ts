import { once } from 'node:events';
import { createServer } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../sqlite.ts';
import { Accounts } from './accounts.ts';
import { Artifacts } from './artifacts.ts';
import { Consents } from './consents.ts';
import { demoMailbox } from './demo-mailbox.ts';
import { Proofs } from './dpop.ts';
import { Faults } from './faults.ts';
import { Mailboxes } from './gmail/mailbox.ts';
import type { GoogleClient, GoogleLog } from './parts.ts';
import { createProvider } from './provider.ts';
import { type Quota, QuotaKeeper, quotaOf } from './quota.ts';
import { createRouter } from './router.ts';
import { loadSecrets } from './settings.ts';

const schema = `
  PRAGMA busy_timeout = 5000;
  CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS accounts (sub TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS artifacts (
    model TEXT NOT NULL, id TEXT NOT NULL, accountId TEXT, grantId TEXT, uid TEXT,
    expiresAt INTEGER, payload TEXT NOT NULL, PRIMARY KEY (model, id)
  );
  CREATE INDEX IF NOT EXISTS artifactsById ON artifacts (id);
  CREATE INDEX IF NOT EXISTS artifactsByAccount ON artifacts (accountId);
  CREATE INDEX IF NOT EXISTS artifactsByGrant ON artifacts (grantId);
  CREATE TABLE IF NOT EXISTS bindings (refreshToken TEXT PRIMARY KEY, thumbprint TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS mailboxes (sub TEXT PRIMARY KEY, historyId TEXT NOT NULL, oldestStart TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS messages (
    sub TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (sub, id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS history (position INTEGER PRIMARY KEY, sub TEXT NOT NULL, value TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS historyByAccount ON history (sub, position);
`;

/** Options of the local Google. */
export interface LocalGoogleOptions {
  /** The port on 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  /** The folder for all data that must survive a restart. */
  readonly dataFolder: string;
  readonly client: GoogleClient;
  /** How many messages the first account's mailbox has in a new data folder; 300 by default. */
  readonly demoMessages?: number;
  /** Milliseconds since 1970, for mail and quotas; token lifetimes use the machine's clock. */
  readonly clock?: () => number;
  readonly quota?: Partial<Quota>;
  readonly log?: GoogleLog | undefined;
  /** The application's name on the consent page; `Gmail offline access` by default. */
  readonly applicationName?: string | undefined;
}

/** A running local Google. */
export interface LocalGoogle {
  /** Its issuer and the root of its Gmail, such as `http://127.0.0.1:3001`. */
  readonly origin: string;
  /** Stops listening and closes all open connections, or listens again. */
  refuse(refusing: boolean): Promise<void>;
  /** Stops it at once, whatever is under way. */
  close(): Promise<void>;
}

/**
 * Starts a double of Google on 127.0.0.1: consent, tokens, revocation, and Gmail with its quotas.
 *
 * @throws Node's error (`EADDRINUSE`) if the port is taken; StartError if the data is unusable
 */
export async function startLocalGoogle(options: LocalGoogleOptions): Promise<LocalGoogle> {
  const { clock = Date.now, log = () => {}, applicationName = 'Gmail offline access' } = options;
  const server = createServer();
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  const origin = `http://127.0.0.1:${port}`;
  let database: DatabaseSync;
  try {
    database = openDatabase(options.dataFolder, 'google.sqlite', schema);
  } catch (error) {
    server.close();
    throw error;
  }
  const accounts = new Accounts(database);
  const mailboxes = new Mailboxes(database);
  if (accounts.all().length === 0) await seed(accounts, mailboxes, options.demoMessages ?? 300, clock());
  const artifacts = new Artifacts(database);
  const consents = new Consents(artifacts);
  const proofs = new Proofs(database);
  const secrets = loadSecrets(database);
  const { client } = options;
  const oauth = { issuer: origin, client, accounts, artifacts, consents, proofs, secrets };
  const quota = new QuotaKeeper(quotaOf(options.quota), clock);
  const gmail = { mailboxes, quota, faults: new Faults(), clock, log };
  const provider = createProvider(oauth);
  server.on('request', createRouter({ ...oauth, ...gmail, provider, applicationName }));
  const stop = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    origin,
    refuse: async (refusing) => {
      if (refusing) return stop();
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    close: async () => {
      await stop();
      database.close();
    },
  };
}

async function seed(
  accounts: Accounts,
  mailboxes: Mailboxes,
  demoMessages: number,
  now: number,
): Promise<void> {
  const sizes = [
    [{ email: 'ada@example.com', name: 'Ada Lovelace', hd: 'example.com' }, demoMessages],
    [{ email: 'grace@example.com', name: 'Grace Hopper', hd: 'example.com' }, 7],
    [{ email: 'linus@example.org', name: 'Linus Example' }, 0],
  ] as const;
  for (const [details, count] of sizes) {
    const account = accounts.create(details);
    mailboxes.of(account).seed(await demoMailbox(`${details.name} <${account.email}>`, count, now));
  }
}
