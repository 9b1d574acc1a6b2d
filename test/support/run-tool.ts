import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';

/** How an operator's tool ended, and what it said. */
export interface ToolRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool in a shell that knows nothing but these variables; `input` is what somebody types. */
export async function runTool(
  name: 'grants' | 'copy' | 'ops',
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  input = '',
): Promise<ToolRun> {
  const tool = join(inject('tools'), `${name}.mjs`);
  const child = spawn(process.execPath, [tool, ...args], {
    env: { PATH: dirname(process.execPath), HOME: '/nonexistent', ...variables },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A tool that reads nothing may be gone before.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code === null) throw new Error(`${name} was ended by ${signal}: ${stderr}`);
  return { code: Number(code), stdout, stderr };
}
