import type { VerifyFindings, VerifyProgress } from './mailbox-state.ts';

/**
 * A comparison of copy and mailbox that is about to begin.
 *
 * @param found what a comparison had found that this one takes the place of
 */
export function startVerify(
  because: VerifyProgress['because'],
  now: number,
  found: VerifyFindings = { missing: [], extra: [], mislabelled: [] },
): VerifyProgress {
  return { startedAt: now, because, found };
}
