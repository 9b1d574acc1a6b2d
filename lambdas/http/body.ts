import * as v from 'valibot';
import { Problem } from '../errors.ts';
import type { HttpRequest } from './request.ts';

/** Bytes of a body; what we take is far smaller. */
const largest = 16_384;

/**
 * The schema of a JSON object that has these fields and no others: a misspelt one must not pass for one left out.
 */
export function jsonObject<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, ({ expected, received }) => {
    if (expected === 'never') return 'is not known';
    return received === 'undefined' ? 'is missing' : 'must be an object';
  });
}

/**
 * A text of up to so many characters that people can see: no control characters, no halves of characters, and not
 * blank; nor U+FFFD, which stands for whatever was no UTF-8: in it two texts would be one.
 */
export const visibleText = (most: number) => {
  const words = `must have 1 to ${most} visible characters`;
  return v.pipe(
    v.string(words),
    v.nonEmpty(words),
    v.maxLength(most, words),
    // Checks, not patterns of the description: Python has no \p, and JavaScript none without the flag.
    v.check((text) => /^[^\p{Cc}\p{Cs}\uFFFD]+$/u.test(text) && /[^\p{C}\p{Z}]/u.test(text), words),
    v.description(`1 to ${most} visible characters.`),
  );
};

/**
 * Reads a JSON body by its schema.
 *
 * @throws Problem `invalid_request`, naming everything that is wrong; values are not repeated.
 */
export function parseJsonBody<S extends v.GenericSchema<unknown, unknown>>(
  request: HttpRequest,
  schema: S,
): v.InferOutput<S> {
  if (!isOfType(request, 'application/json')) {
    throw faulty('must be JSON, and content-type must be application/json');
  }
  if (Buffer.byteLength(request.body) > largest) throw faulty(`must not be longer than ${largest} bytes`);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), request.body);
  if (!parsed.success) throw faulty('is not valid JSON');
  return check(parsed.output, schema);
}

/**
 * Reads the body that a page's form sends, by a schema in which every field is a list of the values it was given.
 *
 * @throws Problem `invalid_request`.
 */
export function parseFormBody<S extends v.GenericSchema<unknown, unknown>>(
  request: HttpRequest,
  schema: S,
): v.InferOutput<S> {
  if (!isOfType(request, 'application/x-www-form-urlencoded')) throw faulty('must be a form');
  if (Buffer.byteLength(request.body) > largest) throw faulty(`must not be longer than ${largest} bytes`);
  const form = new URLSearchParams(request.body);
  return check(
    Object.fromEntries([...new Set(form.keys())].map((name) => [name, form.getAll(name)])),
    schema,
  );
}

function check<S extends v.GenericSchema<unknown, unknown>>(value: unknown, schema: S): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'body'} ${issue.message}`);
  throw new Problem('invalid_request', { detail: `Body: ${[...new Set(faults)].join('; ')}.` });
}

function isOfType(request: HttpRequest, type: string): boolean {
  const [given = ''] = (request.headers['content-type'] ?? '').split(';');
  return given.trim().toLowerCase() === type;
}

function faulty(what: string): Problem {
  return new Problem('invalid_request', { detail: `The body ${what}.` });
}
