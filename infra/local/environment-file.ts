import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { decodeText } from '../../lambdas/text.ts';

const fileSchema = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string()));

/**
 * Tells the tools on this machine how the environment is reached, in a file that goes when it is closed.
 *
 * @param variables the functions' own, without credentials: no secret is among them
 */
export async function writeEnvironmentFile(
  dataFolder: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ close(): Promise<void> }> {
  const file = fileIn(dataFolder);
  // What a killed process left behind would keep its mode.
  await rm(file, { force: true });
  await writeFile(file, `${JSON.stringify(variables, null, 2)}\n`, { mode: 0o600 });
  return { close: () => rm(file, { force: true }) };
}

/**
 * How the environment that runs in this folder is reached.
 *
 * @returns the variables; undefined when none runs, also where one was killed and left its file
 * @throws v.ValiError when the file does not hold what it should
 */
export function readEnvironmentFile(dataFolder: string): Readonly<Record<string, string>> | undefined {
  if (!existsSync(fileIn(dataFolder)) || !isInUse(dataFolder)) return undefined;
  return v.parse(fileSchema, decodeText(readFileSync(fileIn(dataFolder))));
}

function fileIn(dataFolder: string): string {
  return join(dataFolder, 'environment.json');
}

/** Whether a process holds the folder's lock: the system lets go of it with the process, however that ended. */
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
