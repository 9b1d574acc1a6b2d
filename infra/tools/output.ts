import { type FileHandle, open, rm } from 'node:fs/promises';
import { codeOf, ToolError } from './tool-error.ts';

export interface Output {
  write(line: string): Promise<void>;
}

/**
 * Writes lines to a new file that only its owner may read, or to standard output. If the work fails, the file is
 * deleted: an incomplete file could be mistaken for a complete one.
 *
 * @throws ToolError if the file exists already or cannot be created; errors of the work
 */
export async function withOutput<Result>(
  file: string | undefined,
  work: (output: Output) => Promise<Result>,
): Promise<Result> {
  if (file === undefined) return work(standardOutput());
  const handle = await create(file);
  try {
    const result = await work({ write: async (line) => void (await handle.write(`${line}\n`)) });
    await handle.close();
    return result;
  } catch (error) {
    await handle.close();
    await rm(file, { force: true });
    throw error;
  }
}

async function create(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') throw new ToolError(`${file} exists already; move it away or name another`);
    throw new ToolError(`${file} cannot be written (${code}); name another with --out`);
  }
}

function standardOutput(): Output {
  // If the reader closes the pipe, the write reports it. Without a listener the process would end before its audit.
  process.stdout.on('error', () => {});
  return {
    write: (line) =>
      new Promise((resolve, reject) => {
        process.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
      }),
  };
}
