import { explain } from '../../tool-error.ts';

/** What one look at an installation found. */
export interface Finding {
  /** What was looked at, in words that do not vary. */
  readonly name: string;
  readonly state: 'well' | 'fault' | 'skipped';
  /** What was seen and, of a fault, what to do. */
  readonly text: string;
}

/** A look at one thing. What it throws is a fault of that thing. */
export async function look(name: string, work: () => Promise<Omit<Finding, 'name'>>): Promise<Finding> {
  try {
    return { name, ...(await work()) };
  } catch (error) {
    return { name, ...fault(explain(error)) };
  }
}

/** All is well. */
export function well(text: string): Omit<Finding, 'name'> {
  return { state: 'well', text };
}

/** Something is wrong. */
export function fault(text: string): Omit<Finding, 'name'> {
  return { state: 'fault', text };
}

/** It was not looked at. */
export function skipped(text: string): Omit<Finding, 'name'> {
  return { state: 'skipped', text };
}
