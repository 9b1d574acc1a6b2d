/** `npm start`: the whole site on this machine, until Ctrl-C. */
import { banner } from './banner.ts';
import { type LocalEnvironment, StartError, startLocalEnvironment } from './environment.ts';
import { logLine } from './log-line.ts';
import { readSettings } from './settings.ts';

/** How long, in milliseconds, stopping may take before the process ends all the same. */
const stopMilliseconds = 5000;

let environment: LocalEnvironment | undefined;
let stopping = false;

// npm passes Ctrl-C on although the terminal has sent it already, so a second signal is not a wish.
process.on('SIGINT', stop).on('SIGTERM', stop);
process.on('uncaughtException', giveUp);

try {
  const options = {
    ...readSettings(process.env),
    onLog: (record: Parameters<typeof logLine>[0]) => console.log(logLine(record)),
  };
  environment = await startLocalEnvironment(options);
  if (!stopping) console.log(banner(environment, options));
} catch (error) {
  giveUp(error);
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(0), stopMilliseconds).unref();
  await environment?.close();
  process.exit(0);
}

function giveUp(error: unknown): void {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const lines = error instanceof StartError ? message : `could not go on: ${message.split('\n')[0]}`;
  console.error(lines.replaceAll(/^/gm, 'gmail-offline-access: '));
  process.exit(1);
}
