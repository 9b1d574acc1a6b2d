/** What each call costs, in quota units, and what a mailbox and a project may spend. */
export interface QuotaProfile {
  readonly unitsPerUserMinute: number;
  readonly unitsPerProjectMinute: number;
  /** undefined: no limit */
  readonly unitsPerProjectDay: number | undefined;
  readonly prices: {
    readonly getProfile: number;
    readonly listMessages: number;
    readonly listHistory: number;
    readonly listLabels: number;
    readonly getMessage: number;
    readonly getThread: number;
  };
}

/** The share of a mailbox's minute that jobs may use; the rest is left to live requests. */
const jobsShare = 0.95;

/** Units that jobs may spend on one mailbox in any minute. */
export function unitsForJobs({ unitsPerUserMinute }: Pick<QuotaProfile, 'unitsPerUserMinute'>): number {
  return Math.floor(unitsPerUserMinute * jobsShare);
}

/** Enough for a poll that finds a new message or two; a job that finds more asks for more. */
export function usualWants({ prices }: QuotaProfile): number {
  return prices.listHistory + 2 * prices.getMessage;
}
