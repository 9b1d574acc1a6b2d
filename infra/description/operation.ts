import type * as v from 'valibot';
import type { ProblemCode } from '../../lambdas/errors.ts';
import type { routes } from '../routes.ts';
import type { HeaderObject, MediaTypeObject, ParameterObject, ResponseObject } from './document.ts';
import { type ListsSchema, queryParameters, type WordsOf } from './parameters.ts';
import { answerSchema, bodySchema } from './schemas.ts';

/** A route, such as `GET /messages`. */
export type RouteKey = (typeof routes)[keyof typeof routes][number];

/** What is said of one route. What all routes have in common is added by describe.ts. */
export interface Operation {
  /** Its name for programs that generate code. */
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  /** What only lambdas/api/README.md adds: what the site serves is part of a function, which has to stay small. */
  readonly rules?: string;
  readonly tag: TagName;
  /** Who may call it, where it is no route of backends. */
  readonly caller?: 'session' | 'anybody';
  readonly query?: readonly ParameterObject[];
  readonly body?: RequestBody;
  readonly answers: readonly Answer[];
  /** Beside those of every route. */
  readonly problems: readonly ProblemCode[];
}

export type Operations<Key extends RouteKey> = Readonly<Record<Key, Operation>>;

export interface RequestBody {
  readonly type: string;
  readonly content: MediaTypeObject;
}

/** An answer that is no problem. */
export interface Answer extends ResponseObject {
  readonly status: number;
}

/** The groups into which the routes fall. */
export const tags = {
  'Signing in': 'Consents, and sessions for browsers, applications on other origins and phones.',
  Mail: 'Live from Gmail.',
  'Stored copy': 'What is copied here, and the sync that keeps it up to date.',
  Changes: 'What happens in mailboxes, as a feed.',
  Backends: 'For a team’s own backends, which sign their requests with AWS credentials.',
  Pages: 'What people open in a browser.',
} as const;

export type TagName = keyof typeof tags;

/** An answer in JSON. */
export function json<S extends v.GenericSchema>(
  status: number,
  description: string,
  schema: S,
  ...examples: readonly [v.InferInput<S>, ...Readonly<Record<string, v.InferInput<S>>>[]]
): Answer {
  const [value, more] = examples;
  const shown =
    more === undefined
      ? { example: value }
      : {
          examples: Object.fromEntries(
            Object.entries({ usual: value, ...more }).map(([name, example]) => [
              name.replaceAll(' ', '_'),
              { summary: name, value: example },
            ]),
          ),
        };
  const content = { 'application/json': { schema: answerSchema(schema), ...shown } };
  return { status, description, content };
}

/** A 303. */
export function seeOther(description: string, example: string): Answer {
  const location: HeaderObject = { description: 'Where to.', schema: { type: 'string' }, example };
  return { status: 303, description, headers: { location } };
}

/** A page or a file of a page. */
export function file(type: string, description: string, example: string): Answer {
  return { status: 200, description, content: { [type]: { schema: { type: 'string' }, example } } };
}

/** What a conditional request of a file is answered with. */
export const notModified: Answer = { status: 304, description: 'It has not changed.' };

/** What a query says, of the schema by which its route reads it. */
export function query<S extends ListsSchema>(schema: S, words: WordsOf<S>): readonly ParameterObject[] {
  return queryParameters(schema, words);
}

/** A body in JSON. */
export function jsonBody<S extends ObjectSchema>(
  schema: S,
  words: { readonly [Name in keyof S['entries']]: string },
  example: v.InferInput<S>,
): RequestBody {
  return { type: 'application/json', content: { schema: bodySchema(schema, words), example } };
}

/** A schema of an object of named fields. */
type ObjectSchema = v.GenericSchema<unknown, unknown> & { readonly entries: v.ObjectEntries };

/** What a page's form sends. */
export function formBody<S extends ListsSchema>(
  schema: S,
  words: WordsOf<S>,
  example: Readonly<Record<string, string>>,
): RequestBody {
  const fields = queryParameters(schema, words);
  const properties = Object.fromEntries(
    fields.map(({ name, description, schema: field }) => [name, { ...field, description }]),
  );
  return {
    type: 'application/x-www-form-urlencoded',
    content: { schema: { type: 'object', properties, required: Object.keys(example) }, example },
  };
}

/** An example that fits its schema. */
export function example<S extends v.GenericSchema>(_schema: S, value: v.InferInput<S>): v.InferInput<S> {
  return value;
}
