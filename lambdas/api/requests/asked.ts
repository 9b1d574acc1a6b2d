import type * as v from 'valibot';
import type { ReadOnly } from '../read-only.ts';

/** A query as a client writes it: every parameter is optional. `Written` are those that it writes in another type. */
export type Asked<S extends v.GenericSchema, Written = object> = {
  readonly [Name in keyof v.InferOutput<S>]?:
    | (Name extends keyof Written ? Written[Name] : ReadOnly<v.InferOutput<S>[Name]>)
    | undefined;
};
