import type { CopyStore, FailedMessage } from '../../copied-message.ts';
import type { Logger } from '../../log.ts';
import type { MailboxState, Progress } from '../mailbox/mailbox-state.ts';
import type { QuotaProfile } from '../mailbox/quota-profile.ts';
import type { Announcements } from './announcements.ts';
import type { CopyCount } from './copy-count.ts';
import type { LabelNames } from './label-names.ts';
import type { SyncGmail } from './sync-gmail.ts';
import type { UnitBudget } from './unit-budget.ts';

/** Somebody else has the mailbox now, or it was disconnected: whatever this job would still write is void. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** Errors of Gmail's lists, as a job knows them: what was stored, and what this job has met. */
export interface ListErrors {
  readonly stored: ReadonlySet<string>;
  readonly seen: Set<string>;
}

/** One job at work: what it may use, and what it knows of the mailbox. */
export interface Job {
  readonly gmail: SyncGmail;
  readonly copy: CopyStore;
  readonly count: CopyCount;
  readonly announcements: Announcements;
  readonly labelNames: LabelNames;
  readonly budget: UnitBudget;
  readonly prices: QuotaProfile['prices'];
  readonly log: Logger;
  readonly clock: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Milliseconds of the quota's minute. */
  readonly minute: number;
  /** How many parts the next batch has: halved when Gmail says “slow down”, growing slowly. */
  batchSize: number;
  /** Whether anything was found to do. */
  busy: boolean;
  /** The mailbox as this job has left it so far. */
  state: MailboxState;
  /** Whether a sample showed that Gmail gives messages, so that those which it refuses are refused for their own sake. */
  servesMessages?: boolean;
  /** The failed messages, once they were read; see `failedMessages`. */
  failed?: Map<string, FailedMessage>;
  /** Errors in Gmail's lists, once they were read; see `listErrors`. */
  listErrors?: ListErrors;
  /**
   * Writes down how far the job came.
   *
   * @throws ClaimLost
   */
  save(progress: Progress): Promise<void>;
}

/** Makes the calls of a job cost units: waits for room, charges, then calls. */
export async function charged<Answer>(job: Job, units: number, call: () => Promise<Answer>): Promise<Answer> {
  await job.budget.room(units, units);
  return job.budget.spend(units, call);
}
