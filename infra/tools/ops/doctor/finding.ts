import { explain } from '../../tool-error.ts';

/** The result of one check. */
export interface Finding {
  /** What was checked, always in the same words. */
  readonly name: string;
  readonly state: 'ok' | 'failed' | 'skipped';
  /** What was found and, if it failed, what to do. */
  readonly text: string;
}

/** The result of a check whose name the caller knows. */
export type Result = Omit<Finding, 'name'>;

/** Runs one check, which fails with what it throws. */
export async function look(name: string, work: () => Promise<Result>): Promise<Finding> {
  try {
    return { name, ...(await work()) };
  } catch (error) {
    return { name, ...failed(explain(error)) };
  }
}

export function ok(text: string): Result {
  return { state: 'ok', text };
}

export function failed(text: string): Result {
  return { state: 'failed', text };
}

/** It could not be checked. */
export function skipped(text: string): Result {
  return { state: 'skipped', text };
}
