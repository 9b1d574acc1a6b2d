/** `npm start`: the whole site on this machine, until Ctrl-C. */
import { banner } from './banner.ts';
import { type LocalEnvironment, StartError, startLocalEnvironment } from './environment.ts';
import { logLine } from './log-line.ts';
import { describeNearMisses } from './near-misses.ts';
import { readProgress, startProgress } from './progress.ts';
import { reachLocalServices } from './reach-local-services.ts';
import { readSettings } from './settings.ts';
import { createTerminal } from './terminal.ts';

/** How long, in milliseconds, stopping may take before the process exits anyway. */
const stopMilliseconds = 5000;

/** How often, in milliseconds, the status line is updated. */
const updateMilliseconds = 1000;

/** How long, in milliseconds, an idle function is kept: each takes some 25 MB. */
const functionsIdle = 10_000;

const terminal = createTerminal(process.stdout);
let environment: LocalEnvironment | undefined;
let progress: { close(): void } | undefined;
let stopping = false;

// npm forwards Ctrl-C although the terminal has already sent it, so a second signal is not a second request.
process.on('SIGINT', stop).on('SIGTERM', stop);
process.on('uncaughtException', giveUp);

for (const line of describeNearMisses(process.env)) console.error(`gmail-offline-access: ${line}`);
reachLocalServices(process.env);
try {
  const options = {
    ...readSettings(process.env),
    functionsIdle,
    onLog: (record: Parameters<typeof logLine>[0]) => terminal.log(logLine(record)),
  };
  environment = await startLocalEnvironment(options);
  if (!stopping) {
    terminal.log(banner(environment, options));
    progress = showProgress(environment, options.syncIntervalSeconds);
  }
} catch (error) {
  giveUp(error);
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  progress?.close();
  if (terminal.canUpdate) terminal.update('');
  setTimeout(() => process.exit(0), stopMilliseconds).unref();
  await environment?.close();
  process.exit(0);
}

/** On a terminal as a status line; otherwise as log lines, at most one per tick. */
function showProgress({ aws }: LocalEnvironment, tickSeconds = 60): { close(): void } {
  const read = () => readProgress(aws);
  return terminal.canUpdate
    ? startProgress({ read, show: terminal.update, interval: updateMilliseconds, changedOnly: false })
    : startProgress({ read, show: terminal.log, interval: tickSeconds * 1000, changedOnly: true });
}

function giveUp(error: unknown): void {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const lines = error instanceof StartError ? message : `could not go on: ${message.split('\n')[0]}`;
  console.error(lines.replaceAll(/^/gm, 'gmail-offline-access: '));
  process.exit(1);
}
