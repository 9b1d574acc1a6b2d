import type * as v from 'valibot';
import type { ReadOnly } from '../read-only.ts';

/**
 * A query as a program writes it: what its route reads, of which anything may be left out; `Written` are the values that
 * are written in another way than they are read.
 */
export type Asked<S extends v.GenericSchema, Written = object> = {
  readonly [Name in keyof v.InferOutput<S>]?:
    | (Name extends keyof Written ? Written[Name] : ReadOnly<v.InferOutput<S>[Name]>)
    | undefined;
};
