import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import {
  type AwsCall,
  type LocalEnvironment,
  type LocalEnvironmentOptions,
  type LogRecord,
  startLocalEnvironment,
} from '../../infra/local/environment.ts';
import { type TableName, type TableShape, tables } from '../../infra/tables.ts';
import { Browser, type Page } from './browser.ts';
import { type ConsentChoice, walkConsent } from './walk-consent.ts';

export type { ConsentChoice } from './walk-consent.ts';

const tableNames = Object.keys(tables) as TableName[];

/** A message as the local Google's mailbox really holds it. */
export interface TrueMessage {
  readonly id: string;
  readonly threadId: string;
  readonly labelIds: readonly string[];
}

/** The whole site on this machine, with the hands a test needs on it. */
export interface Site extends LocalEnvironment {
  readonly google: NonNullable<LocalEnvironment['google']>;
  /** Where its data lies. */
  readonly dataFolder: string;
  readonly calls: readonly AwsCall[];
  readonly logs: readonly LogRecord[];
  /** Stops the site and keeps its data. */
  stop(): Promise<void>;
  /** Asks an admin route of the local Google. */
  admin(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Orders a fault at the local Google. */
  fault(on: string, effect: Record<string, unknown>, times?: number): Promise<void>;
  /** Every item of a table. */
  items(table: TableName): Promise<Record<string, unknown>[]>;
  /** The rows of copied and failed messages. */
  messages(): Promise<Record<string, unknown>[]>;
  /** Writes an item as it is. */
  put(table: TableName, item: Record<string, unknown>): Promise<void>;
  /** Deletes every item of a table, or of all tables. */
  forget(table?: TableName): Promise<void>;
  /** Every message of an account, newest first, without Spam and Trash. */
  truth(email: string): Promise<TrueMessage[]>;
  /** Lets a person consent in a browser, from our link to where it leads back to. */
  consent(browser: Browser, choice?: ConsentChoice): Promise<Page>;
  /** A browser in which a person has just consented. */
  connected(choice?: ConsentChoice): Promise<Browser>;
}

/** Starts the site in a folder of its own, which goes when the site is closed. */
export async function openSite(options: Partial<LocalEnvironmentOptions> = {}): Promise<Site> {
  const calls: AwsCall[] = [];
  const logs: LogRecord[] = [];
  const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'gmail-offline-access-'));
  const environment = await startLocalEnvironment({
    port: 0,
    googlePort: 0,
    dataFolder,
    demoMessages: 60,
    // The schedule would call Google and AWS beside the test.
    sync: false,
    onAwsCall: (call) => calls.push(call),
    onLog: (record) => logs.push(record),
    ...options,
  });
  const { google, origin, aws } = environment;
  if (google === undefined) throw new Error('The site runs without a local Google.');

  const { dynamodbEndpoint: endpoint, region, credentials } = aws;
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));

  const stop = () => environment.close();

  async function items(table: TableName): Promise<Record<string, unknown>[]> {
    const { Items: found = [] } = await documents.send(new ScanCommand({ TableName: aws.tableNames[table] }));
    return found;
  }

  async function admin(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${google?.origin}/admin${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  const consent = (browser: Browser, choice?: ConsentChoice) => walkConsent(browser, origin, choice);

  return {
    ...environment,
    google,
    calls,
    logs,
    admin,
    consent,
    fault: async (on, effect, times = 1) => {
      // biome-ignore lint/suspicious/noThenProperty: a word of the admin routes, never awaited
      await admin('POST', '/faults', { on, times, then: effect });
    },
    truth: async (email) => {
      const { messages } = (await admin('GET', `/accounts/${email}/messages?includeSpamTrash=false`)) as {
        messages: TrueMessage[];
      };
      return messages;
    },
    items,
    messages: async () =>
      (await items('messages')).filter((row) => !String(row['mailbox']).endsWith('#labels')),
    put: async (table, item) => {
      await documents.send(new PutCommand({ TableName: aws.tableNames[table], Item: item }));
    },
    forget: async (only) => {
      for (const table of only === undefined ? tableNames : [only]) {
        const { partitionKey, sortKey }: TableShape = tables[table];
        const names = [partitionKey, ...(sortKey === undefined ? [] : [sortKey.name])];
        for (const item of await items(table)) {
          const Key = Object.fromEntries(names.map((name) => [name, item[name]]));
          await documents.send(new DeleteCommand({ TableName: aws.tableNames[table], Key }));
        }
      }
    },
    dataFolder,
    stop,
    close: async () => {
      documents.destroy();
      try {
        await stop();
      } finally {
        rmSync(dataFolder, { recursive: true, force: true });
      }
    },
    connected: async (choice) => {
      const browser = new Browser();
      const page = await consent(browser, choice);
      if (page.status !== 200) throw new Error(`The consent ended with ${page.status}: ${page.text}`);
      return browser;
    },
  };
}
