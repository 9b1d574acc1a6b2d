import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as v from 'valibot';
import { connectionHeaders } from './event.ts';

/** An HTTP response, ready to be written. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; several values are several header lines. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

const answerSchema = v.object({
  statusCode: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.nullish(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
  cookies: v.nullish(v.array(v.string()), []),
  body: v.nullish(v.string(), ''),
  isBase64Encoded: v.nullish(v.boolean(), false),
});

/**
 * Converts a function's response into the HTTP response of API Gateway's HTTP APIs (payload format 2.0). A response
 * without `statusCode` is the JSON body of a 200; one of neither form is a 500.
 */
export function toHttpResponse(answer: unknown): HttpResponse {
  if (!isObject(answer) || !('statusCode' in answer)) return inferredResponse(answer);
  const parsed = v.safeParse(answerSchema, answer);
  if (!parsed.success) return internalServerError;
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.output;
  try {
    return {
      status: statusCode,
      headers: {
        ...(body !== '' && { 'content-type': 'text/plain;charset=UTF-8' }),
        ...readHeaders(headers),
        ...(cookies.length > 0 && { 'set-cookie': cookies.map((cookie) => checked('set-cookie', cookie)) }),
      },
      body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
    };
  } catch {
    return internalServerError;
  }
}

/** A response of the gateway itself: `{"message":"…"}`. */
export function messageResponse(status: number, message: string): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message })),
  };
}

/** The response if a function failed or returned an invalid response. */
export const internalServerError = messageResponse(500, 'Internal Server Error');

function inferredResponse(answer: unknown): HttpResponse {
  const body = typeof answer === 'string' ? answer : JSON.stringify(answer ?? null);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
}

function readHeaders(headers: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return Object.fromEntries(
    own
      .filter(([name]) => name !== 'content-length' && !connectionHeaders.includes(name))
      .map(([name, value]) => [name, checked(name, value)]),
  );
}

/** @throws TypeError if the pair is not valid in an HTTP header */
function checked(name: string, value: string): string {
  validateHeaderName(name);
  validateHeaderValue(name, value);
  return value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
