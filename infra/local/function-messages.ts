import type { LogRecord } from './log-record.ts';

/** What a worker loads, and for whom. */
export interface WorkerSettings {
  readonly functionName: string;
  /** The path of the module that exports `handler`. */
  readonly entry: string;
  /** The function's whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** One shared 64-bit integer: how far, in milliseconds, the functions' clock runs ahead. */
  readonly clockOffset: BigInt64Array;
}

/** An invocation sent to a worker. */
export interface Invocation {
  readonly id: string;
  readonly event: unknown;
  /** When the invocation times out, in epoch milliseconds by the functions' clock. */
  readonly deadline: number;
}

/** What a worker receives: a function to load in place of the one before, or an invocation. */
export type HostMessage =
  | { readonly kind: 'load'; readonly settings: WorkerSettings }
  | ({ readonly kind: 'invoke' } & Invocation);

/** What a worker sends: it is ready, it logged, or an invocation ended. Responses are JSON, as on Lambda. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'log'; readonly record: LogRecord }
  | { readonly kind: 'answer'; readonly id: string; readonly answer: string }
  | { readonly kind: 'failure'; readonly id: string; readonly error: unknown };
