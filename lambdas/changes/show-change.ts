import type { Change as ShownChange } from '../api/answers.ts';
import type { ReadOnly } from '../api/types.ts';
import type { Change } from './change.ts';

/** A change as the API returns it and the event bus receives it. */
export function showChange({ at, ...change }: Change): ReadOnly<ShownChange> {
  const shown = { ...change, at: new Date(at).toISOString() };
  if (shown.type !== 'grant_expiring') return shown;
  return { ...shown, grantExpiresAt: new Date(shown.grantExpiresAt).toISOString() };
}
