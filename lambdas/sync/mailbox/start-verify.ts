import type { VerifyFindings, VerifyProgress } from './mailbox-state.ts';

/**
 * The state of a new comparison.
 *
 * @param found findings of the comparison that it replaces
 */
export function startVerify(
  because: VerifyProgress['because'],
  now: number,
  found: VerifyFindings = { missing: [], extra: [], mislabelled: [] },
): VerifyProgress {
  return { startedAt: now, because, found };
}
