import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from './start-error.ts';

/** The data folder while it is in use. */
interface DataFolder {
  close(): Promise<void>;
}

/**
 * Creates the data folder if it is missing, and locks it against other processes. The operating system's file lock ends
 * with the process, however that ends.
 *
 * @throws StartError if the folder cannot be used or is in use
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  try {
    await makeFolder(folder);
    // With the dot, a file of that name is an error too.
    await access(`${folder}/.`, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `the data folder ${folder} cannot be used (${code}); choose another with DATA_DIR=…`,
    );
  }
  const lock = takeLock(folder);
  return { close: async () => lock.close() };
}

/** Not Node's own recursive `mkdir`, which never returns where the system cannot create folders, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT') throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder, { mode: 0o700 });
  }
}

function takeLock(folder: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(folder, 'lock'));
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(
      reason === 'database is locked'
        ? `the data folder ${folder} is in use by another process; stop that one, or choose another with DATA_DIR=…`
        : `the data folder ${folder} cannot be used (lock: ${reason}); choose another with DATA_DIR=…`,
    );
  }
}
