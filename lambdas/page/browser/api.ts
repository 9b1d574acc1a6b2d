import * as v from 'valibot';
import { problem } from './answers.ts';

/** Why the API did not do what was asked, in words for people. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** A problem's stable code, where the answer had one. */
  readonly code: string | undefined;
  readonly detail: string;
  readonly requestId: string | undefined;
  /** Where the remedy is a new consent. */
  readonly authorizationUrl: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(told: v.InferOutput<typeof problem>, retryAfterSeconds?: number) {
    super(told.title ?? 'It did not work');
    this.code = told.code;
    this.detail = told.detail ?? told.message ?? 'It did not work. Try again.';
    this.requestId = told.requestId;
    this.authorizationUrl = told.authorizationUrl;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * Asks the site's own API.
 *
 * @throws Refusal for everything but an answer that the schema reads; DOMException `AbortError` when the signal says so.
 */
export async function ask<const Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
  options: { readonly method?: string; readonly signal?: AbortSignal } = {},
): Promise<v.InferOutput<Schema>> {
  const { status, ok, headers, text } = await send(path, options);
  const value = parseJson(text);
  if (!ok) {
    const told = v.safeParse(problem, value);
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    throw new Refusal(told.success ? told.output : {}, Number.isFinite(seconds) ? seconds : undefined);
  }
  const answer = v.safeParse(schema, status === 204 ? {} : value);
  if (answer.success) return answer.output;
  throw new Refusal({ title: 'The site’s answer makes no sense', detail: 'Reload the page and try again.' });
}

async function send(path: string, options: RequestInit) {
  try {
    const response = await fetch(path, { ...options, headers: { accept: 'application/json' } });
    return {
      ...{ status: response.status, ok: response.ok, headers: response.headers },
      text: await response.text(),
    };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Refusal({
      title: 'The site cannot be reached',
      detail: 'The site cannot be reached. Try again.',
    });
  }
}

/** undefined for what is no JSON, which then fits no schema. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
