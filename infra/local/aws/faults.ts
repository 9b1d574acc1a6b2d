import type { ServerResponse } from 'node:http';

/**
 * How a call fails.
 *
 * - It is not executed: never answered (`hang`), its connection reset, or answered with an error of the service (`{
 *   error: 'ThrottlingException' }`; status 400 by default, as for most AWS errors) or with anything else, such as a
 *   proxy's page. In a batch for SQS or EventBridge, only some entries may fail, named by their positions from 0; the
 *   others are accepted.
 * - It is executed, but its response is truncated, stalls midway for ever, is lost with the connection, withheld for
 *   ever, or delayed by `delay` milliseconds. A function in `withheld` is called when the call has been executed.
 */
export type Failure = 'hang' | 'reset' | ServiceError | { readonly answer: ForeignAnswer } | AnswerFailure;

/** An error of the service, of the whole call or of some entries of a batch. */
interface ServiceError {
  readonly error: string;
  readonly status?: number;
  readonly entries?: readonly number[];
}

/** An error of some entries of a batch, named by their positions from 0. */
export type EntryError = ServiceError & { readonly entries: readonly number[] };

/** An executed call, and what happens to its response. */
type AnswerFailure =
  | 'cut'
  | 'stalled'
  | 'lost'
  | 'withheld'
  | { readonly delay: number }
  | { readonly withheld: () => void };

/** A response that is not the service's. */
interface ForeignAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
}

/** The text of every injected error. */
export const injectedMessage = 'Injected by a test.';

/** A fault for the next calls of one operation. */
export interface Fault {
  /** The operation, such as `GetItem`. */
  readonly action: string;
  /** How many calls fail; 1 by default. */
  readonly times?: number;
  readonly failure: Failure;
}

/** The injected faults that have not occurred yet; those of one operation occur in their order. */
export class Faults {
  readonly #waiting: { readonly action: string; left: number; readonly failure: Failure }[] = [];

  inject({ action, times = 1, failure }: Fault): void {
    this.#waiting.push({ action, left: times, failure });
  }

  /** Takes the failure of the next call as a whole, if any. */
  next(action: string): Failure | undefined {
    return this.#take(action, (failure) => !isEntryError(failure));
  }

  /** Takes the error of some entries of the next batch, if any. */
  nextEntryError(action: string): EntryError | undefined {
    const failure = this.#take(action, isEntryError);
    return failure && isEntryError(failure) ? failure : undefined;
  }

  #take(action: string, isMeant: (failure: Failure) => boolean): Failure | undefined {
    const fault = this.#waiting.find(
      (candidate) => candidate.action === action && candidate.left > 0 && isMeant(candidate.failure),
    );
    if (fault === undefined) return undefined;
    fault.left -= 1;
    return fault.failure;
  }
}

function isEntryError(failure: Failure): failure is EntryError {
  return typeof failure === 'object' && 'error' in failure && failure.entries !== undefined;
}

/** Whether a call is executed although it fails. */
export function isDone(failure: Failure): failure is AnswerFailure {
  const kinds: readonly Failure[] = ['cut', 'stalled', 'lost', 'withheld'];
  return (
    kinds.includes(failure) || (typeof failure === 'object' && ('delay' in failure || 'withheld' in failure))
  );
}

/** Fails a call without executing it. A hanging call stays open until its caller or the service gives up. */
export function fail(failure: Exclude<Failure, AnswerFailure>, response: ServerResponse): void {
  if (failure === 'hang') return;
  if (failure === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if ('answer' in failure) {
    const { status, contentType, body } = failure.answer;
    response.writeHead(status, { 'content-type': contentType }).end(body);
    return;
  }
  const body = JSON.stringify({ __type: failure.error, message: injectedMessage });
  response.writeHead(failure.status ?? 400, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
}

/** Applies a failure to the response of an executed call. */
export function applyFault(failure: AnswerFailure, response: ServerResponse): void {
  const end = response.end.bind(response);
  Object.assign(response, {
    end(chunk: string | Buffer = '') {
      if (failure === 'lost') response.socket?.resetAndDestroy();
      else if (failure === 'cut' || failure === 'stalled') {
        const body = Buffer.from(chunk);
        response.write(body.subarray(0, body.length / 2), () => {
          if (failure === 'cut') response.socket?.destroy();
        });
      } else if (failure !== 'withheld') {
        if ('delay' in failure) setTimeout(() => end(chunk), failure.delay);
        else failure.withheld();
      }
      return response;
    },
  });
}
