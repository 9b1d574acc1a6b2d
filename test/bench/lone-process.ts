import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as v from 'valibot';
import { type Cost, costSchema } from './process-cost.ts';

/** A module's `handler`, alone in a process. */
export interface LoneProcess {
  /** What loading it took. */
  readonly load: Cost;
  /** Runs the handler with an event, as Lambda does. */
  run(event: unknown): Promise<Cost>;
  close(): void;
}

export interface LoneProcessOptions {
  /** How long the handler is told that it has for a run, in seconds. */
  readonly seconds: number;
  readonly variables: Readonly<Record<string, string>>;
}

/** Starts a process that loads the module and waits for orders. */
export async function startLoneProcess(
  entry: string,
  { seconds, variables }: LoneProcessOptions,
): Promise<LoneProcess> {
  const child = fork(new URL('./worker-process.ts', import.meta.url), {
    env: { ...variables },
    execArgv: [],
    // What functions log is not for who reads the figures.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const order = async (message: object): Promise<Cost> => {
    child.send(message);
    const answered = new AbortController();
    const { signal } = answered;
    const ended = once(child, 'exit', { signal }).then(() => Promise.reject(new Error(`${entry} ended.`)));
    try {
      const [cost] = await Promise.race([once(child, 'message', { signal }), ended]);
      return v.parse(costSchema, cost);
    } finally {
      answered.abort();
    }
  };
  const load = await order({ kind: 'load', entry });
  return {
    load,
    run: (event) => order({ kind: 'run', event, seconds }),
    close: () => {
      child.kill('SIGKILL');
    },
  };
}
