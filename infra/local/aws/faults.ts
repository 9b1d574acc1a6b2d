import type { ServerResponse } from 'node:http';

/**
 * How a call fails.
 *
 * - It is not done: never answered (`hang`), its connection reset, or answered with an error of the service
 *   (`{ error: 'ThrottlingException' }`; status 400 unless said otherwise, as AWS does for most) or with anything
 *   else, a page of a proxy for instance. Of a batch for SQS or EventBridge only some entries may fail, named by
 *   their positions from 0; the others are taken.
 * - It is done, but its answer is cut off midway, stalls there for ever, is lost with the connection, withheld for ever,
 *   or late by so many milliseconds of `delay`. A function of `withheld` is told when the call is done.
 */
export type Failure = 'hang' | 'reset' | ServiceError | { readonly answer: ForeignAnswer } | AnswerFailure;

/** An error of the service, of the whole call or of some entries of a batch. */
export interface ServiceError {
  readonly error: string;
  readonly status?: number;
  readonly entries?: readonly number[];
}

/** A call that is done, and what becomes of its answer. */
type AnswerFailure =
  | 'cut'
  | 'stalled'
  | 'lost'
  | 'withheld'
  | { readonly delay: number }
  | { readonly withheld: () => void };

/** An answer that is not the service's. */
interface ForeignAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
}

/** The next calls of one operation that shall fail. */
export interface Fault {
  /** The operation, such as `GetItem`. */
  readonly action: string;
  /** How many calls fail; 1 unless said otherwise. */
  readonly times?: number;
  readonly failure: Failure;
}

/** The faults that a test has ordered and that have not yet happened. */
export class Faults {
  readonly #ordered: { action: string; left: number; failure: Failure }[] = [];

  /** Orders a fault; faults of one operation happen in the order in which they were ordered. */
  order({ action, times = 1, failure }: Fault): void {
    this.#ordered.push({ action, left: times, failure });
  }

  /** Takes the failure that the next call of this operation shall meet, if any. */
  take(action: string): Failure | undefined {
    const fault = this.#ordered.find((candidate) => candidate.action === action && candidate.left > 0);
    if (fault === undefined) return undefined;
    fault.left -= 1;
    return fault.failure;
  }
}

/** Whether a call is done although it fails. */
export function isDone(failure: Failure): failure is AnswerFailure {
  const kinds: readonly Failure[] = ['cut', 'stalled', 'lost', 'withheld'];
  return (
    kinds.includes(failure) || (typeof failure === 'object' && ('delay' in failure || 'withheld' in failure))
  );
}

/** The error that some entries of a batch meet, if that is what the failure is. */
export function entryErrorOf(
  failure: Failure | undefined,
): (ServiceError & { readonly entries: readonly number[] }) | undefined {
  if (typeof failure !== 'object' || !('error' in failure) || failure.entries === undefined) return undefined;
  return { ...failure, entries: failure.entries };
}

/** Lets a call fail that is not done. A hanging one stays open until its caller or the service gives up. */
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
  const body = JSON.stringify({ __type: failure.error, message: 'This failure was ordered.' });
  response.writeHead(failure.status ?? 400, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
}

/** Lets the answer that a service is about to give fail. */
export function disturb(failure: AnswerFailure, response: ServerResponse): void {
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
