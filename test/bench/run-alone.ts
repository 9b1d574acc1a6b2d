import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a program of the benchmark in a process of its own, whose environment is these variables and no more.
 *
 * @returns what stands in its last line; what functions log stands before it
 */
export async function runAlone(
  program: string,
  parameters: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<unknown> {
  const { stdout } = await run(process.execPath, [program, ...parameters], {
    env: variables,
    timeout: 120_000,
    maxBuffer: 100_000_000,
  });
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1));
}
