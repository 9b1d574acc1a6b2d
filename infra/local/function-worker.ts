/** The entry point of a function's worker thread, with its own modules, environment and console. */
import { createRequire } from 'node:module';
import { inspect } from 'node:util';
import { parentPort } from 'node:worker_threads';
import type { HostMessage, Invocation, WorkerMessage, WorkerSettings } from './function-messages.ts';
import type { LogLevel } from './log-record.ts';

type Handler = (event: unknown, context: object) => Promise<unknown>;

const require = createRequire(import.meta.url);
let functionName: string;
let clockOffset: BigInt64Array;
let handle: Handler;

moveClock();
captureConsole();
parentPort?.on('message', (message: HostMessage) => {
  if (message.kind === 'invoke') void run(message);
  else load(message.settings);
});

/** Evaluates the module anew. Its compiled code remains, so a second start takes a fifth of the time of the first. */
function load({ entry, environment, ...settings }: WorkerSettings): void {
  ({ functionName, clockOffset } = settings);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
  delete require.cache[entry];
  const { handler } = require(entry) as { handler?: Handler };
  if (typeof handler !== 'function') throw new Error(`${entry} exports no function named handler`);
  handle = handler;
  send({ kind: 'ready' });
}

async function run({ id, event, deadline }: Invocation): Promise<void> {
  try {
    const context = {
      awsRequestId: id,
      functionName,
      functionVersion: '$LATEST',
      getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    };
    const answer = await handle(event, context);
    send({ kind: 'answer', id, answer: JSON.stringify(answer ?? null) });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(inspect(thrown));
    log('error', [{ event: 'invocation_failed', error: asLambdaLogs(error) }]);
    send({ kind: 'failure', id, error });
  }
}

/**
 * What Lambda logs of an error that a handler throws, and of every error in its properties: all enumerable properties
 * and more (aws-lambda-nodejs-runtime-interface-client, `toFormatted`). So secrets must not be in thrown errors.
 */
function asLambdaLogs(error: Error): unknown {
  const outline = ({ name: errorType, message: errorMessage, stack = '' }: Error) => ({
    ...{ errorType, errorMessage },
    stack: stack.split('\n'),
  });
  const whole = (_name: string, value: unknown) =>
    value instanceof Error ? { ...value, ...outline(value) } : value;
  try {
    return JSON.parse(JSON.stringify(error, whole));
  } catch {
    // An error that contains itself cannot be JSON; Lambda then logs it without its properties.
    return outline(error);
  }
}

function send(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

/** Moves `Date` ahead by the shared offset; timers are unaffected. */
function moveClock(): void {
  const RealDate = Date;
  const now = () => RealDate.now() + Number(Atomics.load(clockOffset, 0));
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, parameters, newTarget) =>
      Reflect.construct(target, parameters.length === 0 ? [now()] : parameters, newTarget) as Date,
    apply: () => new RealDate(now()).toString(),
    get: (target, property, receiver) => (property === 'now' ? now : Reflect.get(target, property, receiver)),
  });
}

function captureConsole(): void {
  const levels = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' } as const;
  for (const [method, level] of Object.entries(levels)) {
    Object.assign(console, { [method]: (...parts: unknown[]) => log(level, parts) });
  }
}

function log(level: LogLevel, parts: readonly unknown[]): void {
  const time = new Date().toISOString();
  send({ kind: 'log', record: { time, level, functionName, fields: readFields(parts) } });
}

function readFields(parts: readonly unknown[]): Record<string, unknown> {
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'object' && only !== null && !(only instanceof Error)) {
    // Through JSON, as on Lambda, because not every value can be sent to another thread.
    return JSON.parse(JSON.stringify(only)) as Record<string, unknown>;
  }
  return { message: parts.map((part) => (typeof part === 'string' ? part : inspect(part))).join(' ') };
}
