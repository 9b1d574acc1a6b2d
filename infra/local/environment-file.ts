import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { decodeText } from '../../lambdas/text.ts';

const fileSchema = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()));

/**
 * Writes a file that lets the tools on this machine reach the environment; it is removed on close.
 *
 * @param variables the functions' variables without credentials, so that the file contains no secret
 */
export async function writeEnvironmentFile(
  dataFolder: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ close(): Promise<void> }> {
  const file = fileIn(dataFolder);
  // A file left by a killed process would keep its mode.
  await rm(file, { force: true });
  await writeFile(file, `${JSON.stringify(variables, null, 2)}\n`, { mode: 0o600 });
  return { close: () => rm(file, { force: true }) };
}

/**
 * How to reach the environment that runs in this folder.
 *
 * @returns the variables; undefined if none runs, even if a killed one left its file
 * @throws v.ValiError if the file is malformed
 */
export function readEnvironmentFile(dataFolder: string): Readonly<Record<string, string>> | undefined {
  if (!existsSync(fileIn(dataFolder)) || !isInUse(dataFolder)) return undefined;
  return v.parse(fileSchema, decodeText(readFileSync(fileIn(dataFolder))));
}

function fileIn(dataFolder: string): string {
  return join(dataFolder, 'environment.json');
}

/** Whether a process holds the folder's lock; the system releases it with the process. */
function isInUse(dataFolder: string): boolean {
  const file = join(dataFolder, 'lock');
  if (!existsSync(file)) return false;
  const lock = new DatabaseSync(file, { readOnly: true });
  try {
    lock.exec('SELECT count(*) FROM sqlite_schema');
    return false;
  } catch (error) {
    if (error instanceof Error && error.message === 'database is locked') return true;
    throw error;
  } finally {
    lock.close();
  }
}
