import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { StartError } from '../start-error.ts';

/** The state of a service, in one JSON file that only its owner may read. */
interface StateFile<State> {
  readonly state: State;
  /** Writes the current state; a crash leaves either the old file or the new one. */
  save(): void;
}

/**
 * Opens the file, or starts with an empty state if there is none.
 *
 * @throws StartError if the file cannot be read or is malformed
 */
export function openStateFile<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
  empty: v.InferOutput<Schema>,
): StateFile<v.InferOutput<Schema>> {
  const state = readState(path, schema) ?? empty;
  return {
    state,
    save() {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}

function readState<Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
): v.InferOutput<Schema> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new StartError(`${path} cannot be read (${error instanceof Error ? error.message : error})`);
  }
  try {
    return v.parse(schema, JSON.parse(text));
  } catch {
    throw new StartError(`the data folder is damaged: ${path} does not hold what it should; move it away`);
  }
}
