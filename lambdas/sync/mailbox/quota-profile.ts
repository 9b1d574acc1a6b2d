import { sharedShare } from '../../minute-shares.ts';

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

/** Units that jobs may spend on one mailbox in any minute without live calls. */
export function unitsForJobs({ unitsPerUserMinute }: Pick<QuotaProfile, 'unitsPerUserMinute'>): number {
  return Math.floor(unitsPerUserMinute * sharedShare);
}

/** Enough for a poll that finds one or two new messages. A job that finds more asks for more. */
export function unitsOfPoll({ prices }: QuotaProfile): number {
  return prices.listHistory + 2 * prices.getMessage;
}
