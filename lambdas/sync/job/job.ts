import type { CopyStore, FailedMessage } from '../../copied-message.ts';
import type { Logger } from '../../log.ts';
import type { MailboxState, Progress } from '../mailbox/mailbox-state.ts';
import type { QuotaProfile } from '../mailbox/quota-profile.ts';
import type { Announcements } from './announcements.ts';
import type { LabelNames } from './label-names.ts';
import type { SyncGmail } from './sync-gmail.ts';
import type { UnitBudget } from './unit-budget.ts';

/** Another job has the mailbox now, or it was disconnected: what this job would still write is void. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** Known errors of Gmail's lists: those stored, and those that this job has seen. */
export interface ListErrors {
  readonly stored: ReadonlySet<string>;
  readonly seen: Set<string>;
}

/** A running job: what it may use, and what it knows of the mailbox. */
export interface Job {
  readonly gmail: SyncGmail;
  readonly copy: CopyStore;
  readonly announcements: Announcements;
  readonly labelNames: LabelNames;
  readonly budget: UnitBudget;
  readonly prices: QuotaProfile['prices'];
  readonly log: Logger;
  readonly clock: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Milliseconds of the quota's minute. */
  readonly minute: number;
  /** The size of the next batch: halved when Gmail limits the rate, growing slowly. */
  batchSize: number;
  /** Whether the job found anything to do. */
  busy: boolean;
  /** The mailbox as this job has changed it so far. */
  state: MailboxState;
  /** Whether a sample showed that Gmail returns messages, so that it refuses others for their own sake. */
  servesMessages?: boolean;
  /** The failed messages, once read; see `failedMessages`. */
  failed?: Map<string, FailedMessage>;
  /** Errors in Gmail's lists, once read; see `listErrors`. */
  listErrors?: ListErrors;
  /**
   * Stores the job's progress.
   *
   * @throws ClaimLost
   */
  save(progress: Progress): Promise<void>;
}
