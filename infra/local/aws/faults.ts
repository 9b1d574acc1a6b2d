import type { ServerResponse } from 'node:http';

/**
 * How a call fails: never answered, its connection reset, or answered with an error of the service
 * (`{ error: 'ThrottlingException' }`; status 400 unless said otherwise, as AWS does for most). Of a batch for
 * SQS or EventBridge only some entries may fail, named by their positions from 0; the others are taken.
 */
export type Failure =
  | 'hang'
  | 'reset'
  | { readonly error: string; readonly status?: number; readonly entries?: readonly number[] };

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

/** Lets a call fail. A hanging call stays open until its caller or the service gives up. */
export function fail(failure: Failure, response: ServerResponse): void {
  if (failure === 'hang') return;
  if (failure === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const body = JSON.stringify({ __type: failure.error, message: 'This failure was ordered.' });
  response.writeHead(failure.status ?? 400, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
}
