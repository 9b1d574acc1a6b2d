import { mkdir } from 'node:fs/promises';
import dynalite from 'dynalite';
import database from 'dynalite/db/index.js';
import { StartError } from '../start-error.ts';
import type { AwsCall } from './aws-call.ts';
import { type AwsDouble, startAwsDouble } from './aws-double.ts';

/**
 * DynamoDB by dynalite, its data on disk.
 *
 * @throws StartError if another process uses the folder, or its files are damaged
 */
export async function startDynamoDb(folder: string, onCall?: (call: AwsCall) => void): Promise<AwsDouble> {
  await probe(folder);
  const server = dynalite({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return startAwsDouble(server, 'dynamodb', onCall);
}

/** dynalite opens its store silently and ends the process if that fails, so the store is opened once beforehand. */
async function probe(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { db } = database.create({ path: folder });
    await db.open();
    await db.close();
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED') {
      throw new StartError(
        `${folder} is in use by another process; stop that one, or choose another DATA_DIR`,
      );
    }
    const reason = cause instanceof Error ? cause.message : String(error);
    throw new StartError(`the data folder is damaged: ${folder} cannot be opened (${reason}); move it away`);
  }
}
