import type * as v from 'valibot';

/** A value that is never changed, at any depth. */
export type ReadOnly<T> = T extends object ? { readonly [Name in keyof T]: ReadOnly<T[Name]> } : T;

/** A query as a client writes it: every parameter is optional. `Written` are those that it writes in another type. */
export type QueryOf<S extends v.GenericSchema, Written = object> = {
  readonly [Name in keyof v.InferOutput<S>]?:
    | (Name extends keyof Written ? Written[Name] : ReadOnly<v.InferOutput<S>[Name]>)
    | undefined;
};
