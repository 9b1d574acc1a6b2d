import type * as v from 'valibot';
import type { ProblemCode } from '../errors.ts';

/** The requests and responses of a route, for all of its keys: a session's, a backend's, or both. */
export interface Contract<Key extends string = string, Given extends Answer = Answer> {
  readonly keys: Readonly<Record<Key, NamedKey>>;
  readonly description: string;
  /** For README.md only: the description that the site serves is part of a bundle, which must stay small. */
  readonly rules?: string;
  /** Who may call it, unless its key is a backend's; default: session. */
  readonly caller?: 'session' | 'anybody';
  readonly query?: readonly Parameter[];
  readonly body?: JsonBody | FormBody;
  readonly answers: readonly Given[];
  /** Besides those that all its callers get everywhere. */
  readonly problems?: readonly ProblemCode[];
}

/** One key, such as `GET /messages`. */
export interface NamedKey {
  /** The operation ID, from which generated clients take their names. */
  readonly id: string;
  readonly summary: string;
  /** Those that only this key has. */
  readonly problems?: readonly ProblemCode[];
}

/** Infers the type of a contract: its keys, and its answers. */
export function route<Key extends string, Given extends Answer>(
  contract: Contract<Key, Given>,
): Contract<Key, Given> {
  return contract;
}

/** The description of a parameter, besides its schema. */
export interface ParameterWords {
  readonly words: string;
  readonly example?: unknown;
  /** A JSON Schema that replaces the derived one. */
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** A parameter of a query, or a field of a form. */
export interface Parameter extends ParameterWords {
  readonly name: string;
  /** The schema by which its route reads it, as the list of the given values. */
  readonly reads: v.GenericSchema<unknown, unknown>;
}

/** A schema of a query or a form: every field is the list of its given values. */
export type ListsSchema = v.GenericSchema<unknown, unknown> & {
  readonly entries: Readonly<Record<string, v.GenericSchema<unknown, unknown>>>;
};

/** The words for every parameter of the schema, and for no other. */
export type WordsOf<S extends ListsSchema> = {
  readonly [Name in keyof S['entries']]: ParameterWords | string;
};

/** A query, from the schema by which its route reads it. */
export function query<S extends ListsSchema>({ entries }: S, words: WordsOf<S>): readonly Parameter[] {
  return Object.entries<ParameterWords | string>(words).map(([name, said]) => {
    const reads = entries[name];
    if (reads === undefined) throw new Error(`No parameter is named ${name}.`);
    return { name, reads, ...(typeof said === 'string' ? { words: said } : said) };
  });
}

/** A JSON body, with the schema by which its route reads it. */
export interface JsonBody {
  readonly type: 'application/json';
  readonly schema: v.GenericSchema<unknown, unknown>;
  /** The description of each field. */
  readonly words: Readonly<Record<string, string>>;
  readonly example: unknown;
}

export function jsonBody<S extends v.GenericSchema<unknown, unknown> & { readonly entries: v.ObjectEntries }>(
  schema: S,
  words: { readonly [Name in keyof S['entries']]: string },
  example: v.InferInput<S>,
): JsonBody {
  return { type: 'application/json', schema, words, example };
}

/** The body that a page's form sends. */
export interface FormBody {
  readonly type: 'application/x-www-form-urlencoded';
  readonly fields: readonly Parameter[];
  readonly example: Readonly<Record<string, string>>;
}

export function formBody<S extends ListsSchema>(
  schema: S,
  words: WordsOf<S>,
  example: FormBody['example'],
): FormBody {
  return { type: 'application/x-www-form-urlencoded', fields: query(schema, words), example };
}

/** A response that is no problem. */
export interface Answer<Status extends number = number, Body = unknown> {
  readonly status: Status;
  /** Never set; it carries the type of the JSON body. */
  readonly body?: Body;
  readonly description: string;
  readonly content?: JsonContent | FileContent;
  /** Of a 303: an example of its target. */
  readonly location?: string;
}

export interface JsonContent {
  readonly type: 'application/json';
  readonly schema: v.GenericSchema;
  /** By name. */
  readonly examples: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;
}

/** A page or a file of a page. */
export interface FileContent {
  readonly type: `text/${string}`;
  readonly example: string;
}

/** A JSON response. */
export function json<Status extends number, S extends v.GenericSchema>(
  status: Status,
  description: string,
  schema: S,
  usual: v.InferInput<S>,
  more: Readonly<Record<string, v.InferInput<S>>> = {},
): Answer<Status, v.InferInput<S>> {
  const examples = Object.entries({ usual, ...more }).map(([summary, value]) => [
    summary.replaceAll(' ', '_'),
    { summary, value },
  ]);
  const content = { type: 'application/json', schema, examples: Object.fromEntries(examples) } as const;
  return { status, description, content };
}

/** A 204. */
export function noContent(description: string): Answer<204, never> {
  return { status: 204, description };
}

/** A 303. */
export function seeOther(description: string, location: string): Answer<303, never> {
  return { status: 303, description, location };
}

export function file(type: FileContent['type'], description: string, example: string): Answer<200, never> {
  return { status: 200, description, content: { type, example } };
}

/** The response to a conditional request for a file. */
export const notModified: Answer<304, never> = { status: 304, description: 'It has not changed.' };
