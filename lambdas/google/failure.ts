import * as v from 'valibot';
import { Problem } from '../errors.ts';

/** The `Headers` of Google's HTTP client, which are not the global class. */
export type ResponseHeaders = Pick<Headers, 'get'>;

const headers = v.custom<ResponseHeaders>((value) => v.is(v.object({ get: v.function() }), value));

/** What Google's HTTP client throws, with or without a response. */
const failure = v.object({
  code: v.optional(v.unknown()),
  response: v.optional(v.object({ status: v.number(), headers, data: v.optional(v.unknown()) })),
});

/** The parts of a response that are used. */
export interface GoogleResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly data: unknown;
}

/** The response that a thrown error carries; undefined if there was none. */
export function failedResponse(error: unknown): GoogleResponse | undefined {
  const result = v.safeParse(failure, error);
  if (!result.success || result.output.response === undefined) return undefined;
  return { data: undefined, ...result.output.response };
}

/** Whether the response exceeded the transport's size limit. */
export function isOversize(error: unknown): boolean {
  return v.is(v.object({ cause: v.object({ type: v.literal('max-size') }) }), error);
}

/** The problem of a call without a usable response: a timeout, or no connection. */
export function unreachable(error: unknown): Problem {
  const timedOut = v.is(v.object({ code: v.picklist(['TimeoutError', 'ETIMEDOUT']) }), error);
  return new Problem(timedOut ? 'google_timeout' : 'google_unavailable', { cause: error });
}
