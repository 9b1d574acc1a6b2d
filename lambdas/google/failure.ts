import * as v from 'valibot';
import { Problem } from '../errors.ts';

/** The client brings its own `Headers`, which is not the global one. */
export type AnswerHeaders = Pick<Headers, 'get'>;

const headers = v.custom<AnswerHeaders>((value) => v.is(v.object({ get: v.function() }), value));

/** What Google's HTTP client throws: with an answer, or without one. */
const failure = v.object({
  code: v.optional(v.unknown()),
  response: v.optional(v.object({ status: v.number(), headers, data: v.optional(v.unknown()) })),
});

/** Google's answer with an error status. */
export interface FailedAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly data: unknown;
}

/** The answer that a thrown error carries; undefined when there was none. */
export function failedAnswer(error: unknown): FailedAnswer | undefined {
  const result = v.safeParse(failure, error);
  if (!result.success || result.output.response === undefined) return undefined;
  return { data: undefined, ...result.output.response };
}

/** The answer was larger than the transport takes. */
export function isOversize(error: unknown): boolean {
  return v.is(v.object({ cause: v.object({ type: v.literal('max-size') }) }), error);
}

/** No answer came at all, or one that cannot be told apart from none. */
export function unreachable(error: unknown): Problem {
  const timedOut = v.is(v.object({ code: v.picklist(['TimeoutError', 'ETIMEDOUT']) }), error);
  return new Problem(timedOut ? 'google_timeout' : 'google_unavailable', { cause: error });
}
