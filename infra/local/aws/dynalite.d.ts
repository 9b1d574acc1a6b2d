/** The parts of dynalite that the local environment uses; the package ships no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface Options {
    /** The folder of the LevelDB store. */
    readonly path: string;
    /** How long, in milliseconds, a table stays in each transitional state. */
    readonly createTableMs: number;
    readonly deleteTableMs: number;
    readonly updateTableMs: number;
  }

  /** A server that closes its store when it is closed. */
  export default function dynalite(options: Options): Server;
}

declare module 'dynalite/db/index.js' {
  interface Store {
    readonly db: { open(): Promise<void>; close(): Promise<void> };
  }

  const database: { create(options: { readonly path: string }): Store };
  export default database;
}
