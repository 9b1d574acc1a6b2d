import * as v from 'valibot';
import { Problem } from '../errors.ts';

/** What Google's HTTP client throws: with an answer, or without one. */
const failure = v.object({
  code: v.optional(v.unknown()),
  response: v.optional(
    v.object({ status: v.number(), headers: v.instance(Headers), data: v.optional(v.unknown()) }),
  ),
});

/** Google's answer with an error status. */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: unknown;
}

/** The answer that a thrown error carries; undefined when there was none. */
export function failedAnswer(error: unknown): FailedAnswer | undefined {
  const result = v.safeParse(failure, error);
  if (!result.success || result.output.response === undefined) return undefined;
  const { status, headers, data } = result.output.response;
  return { status, headers, data };
}

/** No answer came at all, or one that cannot be told apart from none. */
export function unreachable(error: unknown): Problem {
  const timedOut = v.is(v.object({ code: v.picklist(['TimeoutError', 'ETIMEDOUT']) }), error);
  return new Problem(timedOut ? 'google_timeout' : 'google_unavailable', { cause: error });
}
