import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describeError } from '../../lambdas/log.ts';
import { InvocationTimeoutError } from './api-gateway.ts';
import type { HostMessage, WorkerMessage, WorkerSettings } from './function-messages.ts';
import type { LogRecord } from './log-record.ts';

/** Lambda's limit of a response: 6,291,556 bytes (AWS Lambda, "Quotas", and its error text). */
const maximumAnswerBytes = 6_291_556;

/** Options of the function host. */
export interface FunctionHostOptions {
  /** The module that exports a function's `handler`. */
  readonly entry: (functionName: string) => URL | Promise<URL>;
  /** A function's whole environment; this process's own is not inherited. */
  readonly environment: (functionName: string) => Readonly<Record<string, string>>;
  readonly onLog?: (record: LogRecord) => void;
  /** The timeout of an invocation in milliseconds; by default 29 s, as deployed. */
  readonly timeout?: number;
  /** How long an idle function is kept, in milliseconds; by default always. */
  readonly idle?: number | undefined;
  /** Workers of functions that ended, to start functions in; by default every start takes a worker of its own. */
  readonly spareWorkers?: SpareWorkers | undefined;
}

/** Workers that have a function's code compiled and do not run it now, the longest unused first. */
export type SpareWorkers = { readonly functionName: string; readonly worker: Worker }[];

/** As many as tests use again and again; each takes some 40 MB. */
const maximumSpareWorkers = 10;

/** The running functions. */
export interface FunctionHost {
  /**
   * Invokes a function; invocations may overlap.
   *
   * @throws InvocationTimeoutError, the error of the handler or of its module, or that of a worker that crashed
   */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** Terminates a function at any point; its next invocation starts it again. */
  kill(functionName: string): Promise<void>;
  /** The names of the started functions. */
  running(): readonly string[];
  /** Sets how far the clocks of all functions, current and future, run ahead. */
  setClockOffset(milliseconds: number): void;
  close(): Promise<void>;
}

interface Pending {
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** A worker thread and its unanswered invocations, by ID. */
interface RunningFunction {
  readonly worker: Worker;
  readonly pending: Map<string, Pending>;
  /** Ends the function; its next invocation starts it again. */
  readonly end: () => Promise<void>;
  /** Whether a handler may still be running though its invocation timed out. */
  timedOut: boolean;
  idleTimer?: NodeJS.Timeout;
}

/**
 * Hosts each function in a worker thread. Like on Lambda, each has its own module state and environment. A worker
 * starts with the first invocation, and again after a crash or a long idle time.
 */
export function hostFunctions(options: FunctionHostOptions): FunctionHost {
  const { onLog, timeout = 29_000, idle } = options;
  const clockOffset = new BigInt64Array(new SharedArrayBuffer(8));
  const running = new Map<string, Promise<RunningFunction>>();

  function findOrStart(functionName: string): Promise<RunningFunction> {
    const already = running.get(functionName);
    if (already !== undefined) return already;
    const forget = () => running.get(functionName) === started && running.delete(functionName);
    const started = startFunction(functionName, options, clockOffset, forget);
    running.set(functionName, started);
    started.catch(forget);
    return started;
  }

  async function run(functionName: string, event: unknown): Promise<unknown> {
    const found = await findOrStart(functionName);
    clearTimeout(found.idleTimer);
    const id = randomUUID();
    const deadline = Date.now() + Number(Atomics.load(clockOffset, 0)) + timeout;
    const outcome = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => {
      found.timedOut = true;
      outcome.reject(new InvocationTimeoutError(`${functionName} did not answer in time`));
    }, timeout);
    found.pending.set(id, outcome);
    post(found.worker, { kind: 'invoke', id, event, deadline });
    try {
      return await outcome.promise;
    } finally {
      clearTimeout(timer);
      found.pending.delete(id);
      if (found.pending.size === 0) endWhenIdle(found);
    }
  }

  function endWhenIdle(found: RunningFunction): void {
    if (idle === undefined) return;
    found.idleTimer = setTimeout(found.end, idle).unref();
  }

  return {
    close: async () => {
      const started = await Promise.allSettled(running.values());
      await Promise.all(
        started.map((result) => (result.status === 'fulfilled' ? result.value.end() : undefined)),
      );
    },
    running: () => [...running.keys()],
    kill: async (functionName) => {
      const dying = await running.get(functionName);
      await dying?.end();
    },
    setClockOffset: (milliseconds) => {
      Atomics.store(clockOffset, 0, BigInt(milliseconds));
    },
    async invoke(functionName, event) {
      try {
        return await run(functionName, event);
      } catch (error) {
        if (!isReported(error)) onLog?.(failureRecord(functionName, error));
        throw error;
      }
    },
  };
}

async function startFunction(
  functionName: string,
  { entry, environment, onLog, spareWorkers }: FunctionHostOptions,
  clockOffset: BigInt64Array,
  forget: () => boolean,
): Promise<RunningFunction> {
  const settings: WorkerSettings = {
    functionName,
    entry: fileURLToPath(await entry(functionName)),
    environment: environment(functionName),
    clockOffset,
  };
  const worker = takeSpare(spareWorkers ?? [], functionName) ?? createWorker(functionName);
  const pending = new Map<string, Pending>();
  let cause: unknown = new Error(`the worker of ${functionName} ended`);
  const ready = Promise.withResolvers<void>();
  worker.on('error', (error) => {
    cause = error;
  });
  worker.on('exit', () => {
    forget();
    ready.reject(cause);
    for (const { reject } of pending.values()) reject(cause);
  });
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'ready') ready.resolve();
    else if (message.kind === 'log') onLog?.(message.record);
    else if (message.kind === 'failure') {
      if (message.error instanceof Error) reported.add(message.error);
      pending.get(message.id)?.reject(message.error);
    } else settle(pending.get(message.id), message.answer);
  });
  post(worker, { kind: 'load', settings });
  await ready.promise;
  const started: RunningFunction = { worker, pending, timedOut: false, end };
  return started;

  async function end(): Promise<void> {
    clearTimeout(started.idleTimer);
    if (!forget()) return;
    if (spareWorkers === undefined || pending.size > 0 || started.timedOut) await worker.terminate();
    else keepSpare(spareWorkers, functionName, worker);
  }
}

function createWorker(name: string): Worker {
  return new Worker(new URL('./function-worker.ts', import.meta.url), { env: {}, execArgv: [], name });
}

function takeSpare(spareWorkers: SpareWorkers, functionName: string): Worker | undefined {
  const place = spareWorkers.findLastIndex((spare) => spare.functionName === functionName);
  const worker = place < 0 ? undefined : spareWorkers.splice(place, 1)[0]?.worker;
  if (worker !== undefined) removeListeners(worker).ref();
  return worker;
}

function keepSpare(spareWorkers: SpareWorkers, functionName: string, worker: Worker): void {
  const drop = () => {
    const place = spareWorkers.findIndex((spare) => spare.worker === worker);
    if (place >= 0) spareWorkers.splice(place, 1);
  };
  removeListeners(worker).on('error', drop).on('exit', drop).unref();
  spareWorkers.push({ functionName, worker });
  if (spareWorkers.length > maximumSpareWorkers) void spareWorkers.shift()?.worker.terminate();
}

/** By their names: all at once would also remove the listeners by which Node.js opens the port of messages. */
function removeListeners(worker: Worker): Worker {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
  return worker;
}

function post(worker: Worker, message: HostMessage): void {
  worker.postMessage(message);
}

function settle(pending: Pending | undefined, answer: string): void {
  const size = Buffer.byteLength(answer);
  if (size <= maximumAnswerBytes) pending?.resolve(JSON.parse(answer));
  else
    pending?.reject(new Error(`the answer of ${size} bytes is larger than Lambda's ${maximumAnswerBytes}`));
}

/** Errors that a worker has already logged, as Lambda does. */
const reported = new WeakSet<Error>();

function isReported(error: unknown): boolean {
  return error instanceof Error && reported.has(error);
}

/** Lambda logs every failed invocation; the local API Gateway does not reveal the reason to the caller. */
function failureRecord(functionName: string, error: unknown): LogRecord {
  const fields = { event: 'invocation_failed', ...describeError(error) };
  return { time: new Date().toISOString(), level: 'error', functionName, fields };
}
