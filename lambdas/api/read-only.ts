/** A value that nothing changes, at any depth: what a route answers with is not always its own. */
export type ReadOnly<T> = T extends object ? { readonly [Name in keyof T]: ReadOnly<T[Name]> } : T;
