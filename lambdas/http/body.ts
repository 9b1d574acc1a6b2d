import * as v from 'valibot';
import { Problem } from '../errors.ts';
import { parseInput, valuesOf } from './query.ts';
import type { HttpRequest } from './request.ts';

/** The largest body in bytes; valid bodies are far smaller. */
const largest = 16_384;

/**
 * Parses a JSON body by its schema.
 *
 * @throws Problem `invalid_request`, naming every fault but no value.
 */
export function parseJsonBody<S extends v.GenericSchema<unknown, unknown>>(
  request: HttpRequest,
  schema: S,
): v.InferOutput<S> {
  if (!isOfType(request, 'application/json')) {
    throw faulty('must be JSON, and content-type must be application/json');
  }
  requireFitting(request);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), request.body);
  if (!parsed.success) throw faulty('is not valid JSON');
  return parseInput(parsed.output, schema, 'Body');
}

/**
 * Parses the body of a page's form, by a schema in which every field is the list of its values.
 *
 * @throws Problem `invalid_request`.
 */
export function parseFormBody<S extends v.GenericSchema<unknown, unknown>>(
  request: HttpRequest,
  schema: S,
): v.InferOutput<S> {
  if (!isOfType(request, 'application/x-www-form-urlencoded')) throw faulty('must be a form');
  requireFitting(request);
  return parseInput(valuesOf(new URLSearchParams(request.body)), schema, 'Body');
}

function requireFitting({ body }: HttpRequest): void {
  if (Buffer.byteLength(body) > largest) throw faulty(`must not be longer than ${largest} bytes`);
}

function isOfType(request: HttpRequest, type: string): boolean {
  const [given = ''] = (request.headers['content-type'] ?? '').split(';');
  return given.trim().toLowerCase() === type;
}

function faulty(what: string): Problem {
  return new Problem('invalid_request', { detail: `The body ${what}.` });
}
