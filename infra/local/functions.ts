import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { describeError } from '../../lambdas/log.ts';
import { InvocationTimeoutError } from './front.ts';
import type { Invocation, WorkerMessage, WorkerSettings } from './function-messages.ts';
import type { LogRecord } from './log-record.ts';

/** A Lambda function's answer is 6,291,556 bytes at the most (AWS Lambda, "Quotas", and its error text). */
const maximumAnswerBytes = 6_291_556;

/** How the functions are hosted. */
export interface FunctionHostOptions {
  readonly names: readonly string[];
  /** The module that exports a function's `handler`. */
  readonly entry: (functionName: string) => URL;
  /** A function's whole environment; nothing of this process's own is added. */
  readonly environment: (functionName: string) => Readonly<Record<string, string>>;
  readonly onLog?: (record: LogRecord) => void;
  /** How long an invocation may take, in milliseconds; 29 s unless said otherwise, as deployed. */
  readonly timeout?: number;
}

/** The running functions. */
export interface FunctionHost {
  /**
   * Runs a function; invocations may overlap.
   *
   * @throws InvocationTimeoutError, the handler's own error, or that of a worker that died
   */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** Ends a function in the middle of whatever it does; its next invocation starts it anew. */
  kill(functionName: string): Promise<void>;
  /** Lets the clocks of all functions, now and later ones, run ahead by this much. */
  setClockOffset(milliseconds: number): void;
  close(): Promise<void>;
}

interface Pending {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

interface RunningFunction {
  readonly worker: Worker;
  readonly pending: Map<string, Pending>;
}

/**
 * Starts each function in a worker thread of its own, all at once: like Lambda, each has its own module
 * state and its own environment. A worker that died is started anew by the next invocation.
 *
 * @throws the error of a module that could not be loaded
 */
export async function startFunctions(options: FunctionHostOptions): Promise<FunctionHost> {
  const { names, onLog, timeout = 29_000 } = options;
  const clockOffset = new BigInt64Array(new SharedArrayBuffer(8));
  const running = new Map<string, Promise<RunningFunction>>();

  function findOrStart(functionName: string): Promise<RunningFunction> {
    const already = running.get(functionName);
    if (already !== undefined) return already;
    const started = startFunction(functionName, options, clockOffset, () => running.delete(functionName));
    running.set(functionName, started);
    return started;
  }

  async function close(): Promise<void> {
    const started = await Promise.allSettled(running.values());
    await Promise.all(
      started.map((result) => (result.status === 'fulfilled' ? result.value.worker.terminate() : undefined)),
    );
  }

  const started = await Promise.allSettled(names.map(findOrStart));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await close();
    throw failed.reason;
  }
  return {
    close,
    kill: async (functionName) => {
      const dying = await running.get(functionName);
      await dying?.worker.terminate();
    },
    setClockOffset: (milliseconds) => {
      Atomics.store(clockOffset, 0, BigInt(milliseconds));
    },
    async invoke(functionName, event) {
      const { worker, pending } = await findOrStart(functionName);
      const id = randomUUID();
      const deadline = Date.now() + Number(Atomics.load(clockOffset, 0)) + timeout;
      const outcome = Promise.withResolvers<unknown>();
      const timer = setTimeout(
        () => outcome.reject(new InvocationTimeoutError(`${functionName} did not answer in time`)),
        timeout,
      );
      pending.set(id, outcome);
      worker.postMessage({ id, event, deadline } satisfies Invocation);
      try {
        return await outcome.promise;
      } catch (error) {
        if (!isTold(error)) onLog?.(failureRecord(functionName, error));
        throw error;
      } finally {
        clearTimeout(timer);
        pending.delete(id);
      }
    },
  };
}

async function startFunction(
  functionName: string,
  { entry, environment, onLog }: FunctionHostOptions,
  clockOffset: BigInt64Array,
  onExit: () => void,
): Promise<RunningFunction> {
  const settings: WorkerSettings = { functionName, entry: entry(functionName).href, clockOffset };
  const worker = new Worker(new URL('./function-worker.ts', import.meta.url), {
    workerData: settings,
    env: { ...environment(functionName) },
    execArgv: [],
    name: functionName,
  });
  const pending = new Map<string, Pending>();
  let cause: unknown = new Error(`the worker of ${functionName} ended`);
  const ready = Promise.withResolvers<void>();
  worker.on('error', (error) => {
    cause = error;
  });
  worker.on('exit', () => {
    onExit();
    ready.reject(cause);
    for (const { reject } of pending.values()) reject(cause);
  });
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'ready') ready.resolve();
    else if (message.kind === 'log') onLog?.(message.record);
    else if (message.kind === 'failure') {
      if (message.error instanceof Error) told.add(message.error);
      pending.get(message.id)?.reject(message.error);
    } else settle(pending.get(message.id), message.answer);
  });
  await ready.promise;
  return { worker, pending };
}

function settle(pending: Pending | undefined, answer: string): void {
  const size = Buffer.byteLength(answer);
  if (size <= maximumAnswerBytes) pending?.resolve(JSON.parse(answer));
  else
    pending?.reject(new Error(`the answer of ${size} bytes is larger than Lambda's ${maximumAnswerBytes}`));
}

/** Errors of handlers, which the worker has logged as Lambda does. */
const told = new WeakSet<Error>();

function isTold(error: unknown): boolean {
  return error instanceof Error && told.has(error);
}

/** Lambda logs every invocation that failed; the front tells its caller nothing of why. */
function failureRecord(functionName: string, error: unknown): LogRecord {
  const fields = { event: 'invocation_failed', ...describeError(error) };
  return { time: new Date().toISOString(), level: 'error', functionName, fields };
}
