import type { Metrics, Outcome } from '../../../lambdas/metrics.ts';

/** Metrics that a test reads: one entry a figure, `GrantsRevoked 1` or `Refreshes renewed 1`. */
export function recordingMetrics(): { readonly metrics: Metrics; readonly told: readonly string[] } {
  const told: string[] = [];
  const metrics: Metrics = (figures, outcome?: Outcome) => {
    for (const [name, { value }] of Object.entries(figures)) {
      told.push([name, outcome, value].filter((part) => part !== undefined).join(' '));
    }
  };
  return { metrics, told };
}
