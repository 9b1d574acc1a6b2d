import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from './start-error.ts';

/**
 * Opens a file of the data folder and creates its tables. A write survives the death of the process once its call
 * returns.
 *
 * @throws StartError if the file cannot be opened, is not a database or is damaged
 */
export function openDatabase(folder: string, name: string, schema: string): DatabaseSync {
  const file = join(folder, name);
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // SQLite creates files that every user may read, and gives the files beside this one the same mode.
    closeSync(openSync(file, 'a', 0o600));
    database = new DatabaseSync(file);
    const found = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (found !== 'ok') throw new Error(String(found).replaceAll('\n', ' '));
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${schema}`);
    return database;
  } catch (error) {
    database?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`the data folder is damaged: ${file} cannot be opened (${reason}); move it away`);
  }
}

/** Runs `work` as one transaction, or as a part of the one under way. */
export function transaction<Result>(database: DatabaseSync, work: () => Result): Result {
  if (database.isTransaction) return work();
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
