/** The price of each call in quota units, and the limits of a mailbox and a project. */
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

/** The share of a mailbox's minute that jobs may use; the rest is for live requests. */
const jobsShare = 0.95;

/** Units that jobs may spend on one mailbox in any minute. */
export function unitsForJobs({ unitsPerUserMinute }: Pick<QuotaProfile, 'unitsPerUserMinute'>): number {
  return Math.floor(unitsPerUserMinute * jobsShare);
}

/** Enough for a poll that finds one or two new messages. A job that finds more asks for more. */
export function usualWants({ prices }: QuotaProfile): number {
  return prices.listHistory + 2 * prices.getMessage;
}
