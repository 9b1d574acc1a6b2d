import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from '../start-error.ts';

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
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

/**
 * Opens the file with all data of the local Google. A write survives the death of the process once its call returns.
 *
 * @throws StartError if the file cannot be opened, is not a database or is damaged
 */
export function openDatabase(folder: string): DatabaseSync {
  const file = join(folder, 'google.sqlite');
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // SQLite creates files that every user may read, and gives the files beside this one the same mode.
    closeSync(openSync(file, 'a', 0o600));
    database = new DatabaseSync(file);
    const found = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (found !== 'ok') throw new Error(String(found).replaceAll('\n', ' '));
    database.exec(schema);
    return database;
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`the data folder is damaged: ${file} cannot be opened (${reason}); move it away`);
  }
}

/** Runs `work` as one transaction. */
export function transaction<Result>(database: DatabaseSync, work: () => Result): Result {
  if (database.isTransaction) return work();
  database.exec('BEGIN');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
