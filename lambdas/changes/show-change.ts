import type { Change } from './change.ts';

/** A change as callers and the event bus are shown it. */
export function showChange({ at, ...change }: Change) {
  const shown = { ...change, at: new Date(at).toISOString() };
  if (change.type !== 'grant_expiring') return shown;
  return { ...shown, grantExpiresAt: new Date(change.grantExpiresAt).toISOString() };
}
