import type { Change } from './change.ts';

/** A change as callers and the event bus are shown it. */
export function showChange({ at, ...change }: Change) {
  return { ...change, at: new Date(at).toISOString() };
}
