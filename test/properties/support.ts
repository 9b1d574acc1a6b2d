import fc from 'fast-check';
import * as v from 'valibot';
import { expect } from 'vitest';
import { Problem, type ProblemCode } from '../../lambdas/errors.ts';

/** How often each property is tried. */
export const numRuns = 1_000;

/** No parser of ours takes a tenth of this; what backtracks without end takes for ever (milliseconds). */
const longestRun = 5_000;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** What may stand in the wrong place: other types, edges of the right ones, and names that every object has. */
const wrong = fc.oneof(
  fc.constantFrom<Json[]>(null, true, '', 0, -1, 1.5, 1e308, '9'.repeat(400), '\u0000', '\ud800', [], {}),
  fc.constant<Json>(
    JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  ),
  fc.constant<Json>(JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`)),
  fc.string({ unit: 'binary' }),
);

type Change = 'replace' | 'remove' | 'cut' | 'repeat';

const changes = fc.constantFrom<Change[]>('replace', 'remove', 'cut', 'repeat');

/** A right value with one place of it changed: cut, repeated, left out, or of another type. Now and then, any value. */
export function almost(right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const mutated = fc.tuple(right, fc.nat(), changes, wrong).map(([value, at, change, other]) => {
    const whole = jsonOf(value);
    return mutate(whole, at % placesOf(whole), change, other);
  });
  return fc.oneof({ weight: 8, arbitrary: mutated }, { weight: 1, arbitrary: right }, fc.jsonValue());
}

/** A right text with a piece of it cut out, repeated or replaced. Now and then, any text. */
export function almostText(right: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom(
      '',
      '\u0000',
      '\r\n',
      ' ',
      '%',
      '%00',
      '__proto__',
      '-',
      '#',
      '/',
      '\\',
      '"',
      'é',
      '\ud800',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  const mutated = fc
    .tuple(right, fc.nat(), fc.nat({ max: 5 }), piece, fc.constantFrom(0, 1, 2, 300))
    .map(([text, at, length, other, times]) => {
      const start = at % (text.length + 1);
      const old = text.slice(start, start + length);
      return text.slice(0, start) + other + old.repeat(times) + text.slice(start + length);
    });
  return fc.oneof(
    { weight: 8, arbitrary: mutated },
    { weight: 1, arbitrary: right },
    fc.string({ unit: 'binary' }),
  );
}

/** Long texts that repeat themselves: where a regular expression tries each way to read them, it never ends. */
export const repetitive: readonly (readonly [name: string, text: string])[] = [
  'a',
  ' ',
  '0',
  '-',
  ':',
  '.',
  '/',
  '=',
  ';',
  ',',
  '"',
  '<',
  '@',
  '%',
  '%25',
  '%2525',
  '25',
  '\\',
  '\r\n',
  '\r',
  'a.',
  'a:',
  'a=',
  '0:',
  '0.',
  '--',
  '[',
  '{"a":',
  '"a",',
  ' a',
  'boundary="',
  ' boundary=',
  'retry after ',
  '\u0000',
].map((piece) => [`${JSON.stringify(piece)} repeated`, piece.repeat(Math.ceil(20_000 / piece.length))]);

/** Runs a parser. It ends in time and leaves the prototype of all objects alone. */
export function bounded<Result>(run: () => Result): Result {
  const start = worked();
  try {
    return run();
  } finally {
    expect(worked() - start).toBeLessThan(longestRun);
    expect(Reflect.has({}, 'polluted')).toBe(false);
  }
}

/** Milliseconds that this thread has worked: those that a busy machine lets it wait are not among them. */
function worked(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/**
 * The result of a parser, or undefined where it threw a Problem of these codes; anything else that it throws is thrown
 * on.
 */
export function resultOrProblem<Result>(run: () => Result, ...codes: ProblemCode[]): Result | undefined {
  try {
    return bounded(run);
  } catch (error) {
    expectProblem(error, codes);
    return undefined;
  }
}

/** The same for what ends later. */
export async function laterOrProblem<Result>(
  run: () => Promise<Result>,
  ...codes: ProblemCode[]
): Promise<Result | undefined> {
  try {
    return await bounded(run);
  } catch (error) {
    expectProblem(error, codes);
    return undefined;
  }
}

/** Whether a value is of this type, and holds nothing beside. */
export function expectType(schema: v.GenericSchema, value: unknown): void {
  const result = v.safeParse(schema, value);
  expect(result.issues?.map((issue) => v.getDotPath(issue))).toBeUndefined();
}

function expectProblem(error: unknown, codes: readonly ProblemCode[]): asserts error is Problem {
  if (!(error instanceof Problem)) throw error;
  expect(codes).toContain(error.code);
}

const json: v.GenericSchema<unknown, Json> = v.lazy(() =>
  v.union([v.null(), v.boolean(), v.number(), v.string(), v.array(json), v.record(v.string(), json)]),
);

function jsonOf(value: unknown): Json {
  return v.parse(json, JSON.parse(JSON.stringify(value)));
}

/** The value itself and everything in it. */
function placesOf(value: Json): number {
  return 1 + childrenOf(value).reduce((sum, [, child]) => sum + placesOf(child), 0);
}

function childrenOf(value: Json): [string, Json][] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

function mutate(value: Json, at: number, change: Change, other: Json): Json | undefined {
  if (at === 0) return changed(value, change, other);
  let left = at - 1;
  const children = childrenOf(value).flatMap(([name, child]): [string, Json][] => {
    const places = placesOf(child);
    const here = left >= 0 && left < places;
    const next = here ? mutate(child, left, change, other) : child;
    left -= places;
    return next === undefined ? [] : [[name, next]];
  });
  return Array.isArray(value) ? children.map(([, child]) => child) : Object.fromEntries(children);
}

function changed(value: Json, change: Change, other: Json): Json | undefined {
  if (change === 'remove') return undefined;
  if (change === 'replace') return other;
  if (typeof value === 'number') return change === 'cut' ? -value : value * 1e300;
  if (typeof value === 'string') {
    return change === 'cut' ? value.slice(0, value.length / 2) : value.repeat(40);
  }
  if (Array.isArray(value)) return change === 'cut' ? value.slice(0, -1) : [...value, ...value];
  return change === 'repeat' ? [value, value] : other;
}
