import type * as v from 'valibot';
import type { ProblemCode } from '../errors.ts';

/** What a route takes and answers, said once for all of its keys: a session's, a backend's, or both. */
export interface Contract<Key extends string = string, Given extends Answer = Answer> {
  readonly keys: Readonly<Record<Key, NamedKey>>;
  /** Keys of backends are under `Backends`, whatever this says. */
  readonly tag: TagName;
  readonly description: string;
  /** What only README.md adds: what the site serves is part of a function, which has to stay small. */
  readonly rules?: string;
  /** Who may call it, where it is no route of backends. */
  readonly caller?: 'session' | 'anybody';
  readonly query?: readonly Parameter[];
  readonly body?: JsonBody | FormBody;
  readonly answers: readonly Given[];
  /** Beside those that its callers have everywhere. */
  readonly problems: readonly ProblemCode[];
}

/** What is said of one key, such as `GET /messages`. */
export interface NamedKey {
  /** Its name for programs that generate code. */
  readonly id: string;
  readonly summary: string;
  /** Those that the other keys do not have. */
  readonly problems?: readonly ProblemCode[];
}

/** The contract of a route, by its keys. */
export function route<Key extends string, Given extends Answer>(
  keys: Readonly<Record<Key, NamedKey>>,
  contract: Omit<Contract<Key, Given>, 'keys'>,
): Contract<Key, Given> {
  return { keys, ...contract };
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

/** What is said of a parameter beside what its schema says. */
export interface ParameterWords {
  readonly words: string;
  readonly example?: unknown;
  /** A JSON Schema in place of the schema's own, where what is allowed depends on the deployment. */
  readonly schema?: Readonly<Record<string, unknown>>;
}

/** A parameter of a query, or a field of a form. */
export interface Parameter extends ParameterWords {
  readonly name: string;
  /** How its route reads it: as the list of the values that were given. */
  readonly reads: v.GenericSchema<unknown, unknown>;
}

/** A schema of a query or a form: an object in which every field is a list of the values it was given. */
export type ListsSchema = v.GenericSchema<unknown, unknown> & {
  readonly entries: Readonly<Record<string, v.GenericSchema<unknown, unknown>>>;
};

/** Something is said of every parameter that the schema knows, and of no other. */
export type WordsOf<S extends ListsSchema> = { readonly [Name in keyof S['entries']]: ParameterWords };

/** What a query says, of the schema by which its route reads it. */
export function query<S extends ListsSchema>({ entries }: S, words: WordsOf<S>): readonly Parameter[] {
  return Object.entries<ParameterWords>(words).map(([name, said]) => {
    const reads = entries[name];
    if (reads === undefined) throw new Error(`No parameter is named ${name}.`);
    return { name, reads, ...said };
  });
}

/** A body in JSON, of the schema by which its route reads it. */
export interface JsonBody {
  readonly type: 'application/json';
  readonly schema: v.GenericSchema<unknown, unknown>;
  /** What is said of each field. */
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

/** What a page's form sends. */
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

/** An answer that is no problem. */
export interface Answer<Status extends number = number, Body = unknown> {
  readonly status: Status;
  /** Never there: it is the type of what is answered in JSON. */
  readonly body?: Body;
  readonly description: string;
  readonly content?: JsonContent | FileContent;
  /** Of a 303: an example of where it leads. */
  readonly location?: string;
}

export interface JsonContent {
  readonly type: 'application/json';
  readonly schema: v.GenericSchema;
  /** By their names in the description. */
  readonly examples: Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;
}

/** A page or a file of a page. */
export interface FileContent {
  readonly type: `text/${string}`;
  readonly example: string;
}

/** An answer in JSON, of the schema that its type is made of. */
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

/** What a conditional request of a file is answered with. */
export const notModified: Answer<304, never> = { status: 304, description: 'It has not changed.' };
