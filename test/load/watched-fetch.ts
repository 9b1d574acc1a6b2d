import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { problem } from '../../lambdas/api/answers.ts';
import type { Tally } from './tally.ts';

/** One request of a client. */
export interface Question {
  /** Under which name it is counted. */
  readonly kind: string;
  readonly path: string;
  readonly method?: string;
  readonly token?: string | undefined;
  /** Says what is wrong with the answer; undefined: nothing. */
  readonly faultOf: (status: number, body: unknown) => string | undefined;
}

/** Where clients work, and until when. */
export interface LoadGround {
  readonly origin: string;
  readonly googleOrigin: string;
  readonly tally: Tally;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

/**
 * Asks, counts, and looks at the answer. Where Gmail's quota is used up, as it may be, it waits as long as it is told,
 * but not past the end.
 */
export async function askWatched({ origin, tally, endsAt }: LoadGround, question: Question): Promise<void> {
  const { kind, path, method = 'GET', token, faultOf } = question;
  const startedAt = performance.now();
  const response = await fetch(origin + path, {
    method,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });
  const text = await response.text();
  tally.answered(kind, performance.now() - startedAt);
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const seconds = Number(response.headers.get('retry-after'));
  if (response.status === 429 && seconds > 0 && v.parse(problem, body).code === 'rate_limited') {
    tally.limited('rate_limited');
    return void (await delay(Math.max(0, Math.min(seconds * 1000, endsAt - Date.now()))));
  }
  const fault = faultOf(response.status, body);
  if (fault !== undefined) tally.faults.push(`${kind}: ${response.status}: ${fault}`);
}

/** A check of an answer that must be of a schema, and of which more must hold. */
export function must<Schema extends v.GenericSchema>(
  status: number,
  schema: Schema,
  faultOf: (body: v.InferOutput<Schema>) => string | undefined = () => undefined,
): Question['faultOf'] {
  return (given, body) => {
    if (given !== status) return `not ${status}: ${JSON.stringify(body)}`;
    const parsed = v.safeParse(schema, body);
    return parsed.success ? faultOf(parsed.output) : `not as described: ${JSON.stringify(body)}`;
  };
}
