import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsCall } from '../../infra/local/environment.ts';
import type { FunctionName } from '../../infra/routes.ts';
import type { Site } from './site.ts';

/** A place in the middle of a function. */
export interface Place {
  readonly functionName: FunctionName;
  /** Which of the function's calls to AWS, counted from 0. */
  readonly place: number;
  /** Counts only these calls; all of them, if left out. */
  readonly counts?: ((call: AwsCall) => boolean) | undefined;
}

/** What is done there. The call is held back until it has ended. */
export interface Interruption extends Place {
  readonly act: (call: AwsCall) => Promise<unknown>;
}

const readingActions = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'Encrypt', 'Decrypt', 'GetSecretValue'];

/** Whether a call leaves something behind. */
export function isWrite({ action }: AwsCall): boolean {
  return !readingActions.includes(action);
}

/**
 * Knows every call of a site's functions to AWS, and lets a test act in the middle of one, at the very same place each
 * time.
 */
export class Interruptions {
  readonly calls: AwsCall[] = [];
  readonly #waiting = new Set<{ readonly interruption: Interruption; seen: number; failure?: unknown }>();
  #slowness: (() => number) | undefined;

  /** For the site's `onAwsCall`. */
  readonly onAwsCall = (call: AwsCall): Promise<unknown> | undefined => {
    this.calls.push(call);
    for (const waiting of this.#waiting) {
      const { functionName, place, act, counts = () => true } = waiting.interruption;
      if (call.functionName !== functionName || !counts(call)) continue;
      waiting.seen += 1;
      if (waiting.seen !== place + 1) continue;
      return act(call).catch((error: unknown) => {
        waiting.failure = error;
      });
    }
    if (this.#slowness === undefined || call.functionName === undefined) return undefined;
    return sleep(this.#slowness());
  };

  /** Runs something, and interrupts a function meanwhile. @throws what the interruption throws */
  async during<Result>(interruption: Interruption, run: () => Promise<Result>): Promise<Result> {
    const waiting: { interruption: Interruption; seen: number; failure?: unknown } = {
      interruption,
      seen: 0,
    };
    this.#waiting.add(waiting);
    try {
      const result = await run();
      if (waiting.failure !== undefined) throw waiting.failure;
      return result;
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /** Runs something while each call of a function is held back for so many milliseconds. */
  async slowing<Result>(slowness: () => number, run: () => Promise<Result>): Promise<Result> {
    this.#slowness = slowness;
    try {
      return await run();
    } finally {
      this.#slowness = undefined;
    }
  }

  /** How often a function writes while something runs. */
  async writesOf(functionName: FunctionName, run: () => Promise<unknown>): Promise<number> {
    const before = this.calls.length;
    await run();
    return this.calls.slice(before).filter((call) => call.functionName === functionName && isWrite(call))
      .length;
  }

  /**
   * Runs something while a function dies right before one of its writes is done, or right after it.
   *
   * @returns whether the function came as far as that
   */
  async killing(
    site: Pick<Site, 'aws' | 'kill'>,
    where: Omit<Place, 'counts'> & { readonly when: 'before' | 'after' },
    run: () => Promise<unknown>,
  ): Promise<boolean> {
    let death: Promise<void> | undefined;
    const done = Promise.withResolvers<void>();
    const { functionName, place, when } = where;
    const act = async ({ service, action }: AwsCall) => {
      // The next call of this operation is this very one.
      site.aws.failNext({
        service,
        action,
        failure: when === 'before' ? 'hang' : { withheld: done.resolve },
      });
      death = site.kill(functionName);
    };
    // What runs may fail: that is what a death looks like from outside.
    await this.during({ functionName, place, counts: isWrite, act }, () => Promise.allSettled([run()]));
    await death;
    // The call outlives its function: whoever looks now must see what it left.
    if (death !== undefined && when === 'after') await done.promise;
    return death !== undefined;
  }
}
