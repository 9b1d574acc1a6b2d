import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const project = resolve(import.meta.dirname, '..', '..');

/** The site as a newcomer starts it. */
export interface StartedSite {
  /** What it printed until it was ready, line by line. */
  readonly banner: readonly string[];
  readonly origin: string;
  readonly googleOrigin: string;
  /** As Ctrl-C does: the signal goes to every process of the command. Resolves when they have ended. */
  interrupt(): Promise<void>;
  /** As `kill -9` does: every process of the command ends where it stands. Resolves when they have ended. */
  kill(): Promise<void>;
}

/**
 * Runs the command in the project's root, on free ports, with a data folder of its own and a sync whose minute lasts a
 * second, until its ready line.
 *
 * @param variables further environment variables
 * @throws Error with what it printed, when it ends before that
 */
export async function startByCommand(
  command: string,
  dataFolder: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<StartedSite> {
  const child = spawn('bash', ['-c', command], {
    cwd: project,
    env: {
      ...process.env,
      PORT: '0',
      GOOGLE_PORT: '0',
      DATA_DIR: dataFolder,
      CLIENT_SECRET_FILE: '',
      SYNC_INTERVAL_SECONDS: '1',
      ...variables,
    },
    // A process group of its own, so that the signal reaches the command's children and not the tests.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const complaints: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
  const banner: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<void>((found) => {
    // What comes after the ready line is the log.
    let isReady = false;
    lines.on('line', (line) => {
      if (isReady) return;
      banner.push(line);
      isReady = line.startsWith('ready ');
      if (isReady) found();
    });
  });
  const end = async (signal: 'SIGINT' | 'SIGKILL') => {
    const running = child.exitCode === null && child.signalCode === null;
    if (running && child.pid !== undefined) process.kill(-child.pid, signal);
    await ended;
  };
  await Promise.race([
    ready,
    ended.then(() => Promise.reject(new Error([...banner, ...complaints].join('\n')))),
  ]);
  const addressIn = (pattern: RegExp) => banner.map((line) => pattern.exec(line)?.[1]).find(Boolean) ?? '';
  return {
    banner: [...banner],
    origin: addressIn(/^ready (\S+)$/),
    googleOrigin: addressIn(/a local one, at (\S+)$/),
    interrupt: () => end('SIGINT'),
    kill: () => end('SIGKILL'),
  };
}
