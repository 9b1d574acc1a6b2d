import type { MailboxKey } from '../../copied-message.ts';
import type { ProblemCode } from '../../errors.ts';

/** A mailbox is copied for the first time, kept in step, or waits for a user or an operator. */
type Phase = 'backfill' | 'live' | 'paused';

/** The reason of a pause that only an operator ends: neither a consent nor the sweep resumes the mailbox. */
export const pausedByOperator = 'paused_by_operator' satisfies ProblemCode;

/**
 * What due mailboxes wait for: changes of live mailboxes, a comparison of live mailboxes, the first minute of new
 * mailboxes, further minutes of backfills.
 */
export const dueClasses = ['changes', 'verify', 'first', 'more'] as const;

export type DueClass = (typeof dueClasses)[number];

/** Whether mailboxes of the class are in their backfill. */
export function isBackfillClass(dueClass: DueClass): boolean {
  return dueClass === 'first' || dueClass === 'more';
}

/** The shards of the index of due mailboxes. */
export const dueShards = 16;

/** Units spent, and the time of the last of them. */
export interface LedgerEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly units: number;
  /**
   * `counted`: already in the daily quota. `reserved`: granted to the job of the claim and not spent yet; the daily
   * quota contains them from the claim on, and keeps them if the job dies. `granted` and, for a backfill,
   * `grantedToBackfill`: the daily quota still contains the grant of a job that has ended; the next claim replaces it
   * by what the job spent.
   */
  readonly mark?: 'counted' | 'reserved' | 'granted' | 'grantedToBackfill' | undefined;
}

/**
 * What a poll spent that found nothing to do. Its row keeps the `spends` that the claim wrote, so the index of due
 * mailboxes needs no write.
 */
interface QuietPoll {
  /** The tick that admitted it, epoch milliseconds: identifies the claim. */
  readonly claimedAt: number;
  /** When it last spent units, epoch milliseconds. */
  readonly at: number;
  readonly units: number;
}

/** The right of one job to work on a mailbox. */
export interface Claim {
  readonly jobId: string;
  /** Quota units that the job may spend. */
  readonly units: number;
  /** The tick that admitted it, epoch milliseconds. */
  readonly claimedAt: number;
}

/** The speed of a backfill. */
export interface BackfillPace {
  /** The tick of the last job that ended without a problem, epoch milliseconds. */
  readonly at: number;
  /** Messages copied after that job. */
  readonly copied: number;
  /** Messages a minute; the last few jobs count most. */
  readonly rate: number;
}

/** The progress of a comparison of copy and mailbox. */
export interface VerifyProgress {
  readonly startedAt: number;
  /** Why it runs: requested, scheduled, because the history had expired, or because a backfill has ended. */
  readonly because: 'requested' | 'schedule' | 'history_expired' | 'first_copy';
  /** Every message up to this ID is compared; undefined at the start. */
  readonly after?: string | undefined;
  /**
   * `ids`: by groups of message IDs, because Gmail's lists are not in the order of dates. Otherwise label by label in
   * that order.
   */
  readonly by?: 'ids' | undefined;
  /** Where the comparison of this label in the order of dates was interrupted. */
  readonly walk?: VerifyWalk | undefined;
  /** Labels of copied messages that Gmail does not list. */
  readonly strangeLabels?: readonly string[] | undefined;
  /** Copied messages that Gmail did not find, until Gmail is asked again: their IDs, separated by spaces. */
  readonly doubted?: { readonly since: number; readonly ids: string } | undefined;
  /** Whether everything is compared, and only the suspected deletions remain. */
  readonly isCompared?: boolean | undefined;
  /**
   * The group compared now: the following messages up to and including this ID, or all of them if there is no ID.
   * Undefined until a group is chosen.
   */
  readonly group?: { readonly upTo?: string | undefined } | undefined;
  /** The label compared next; undefined for the set of all messages. */
  readonly labelId?: string | undefined;
  /**
   * The list of that label, if a job ended before the label was compared: the next page, unless the list is complete,
   * and the IDs of the group so far, separated by spaces.
   */
  readonly listing?: { readonly pageToken?: string | undefined; readonly ids: string } | undefined;
  readonly found: VerifyFindings;
}

/** The progress of one label in the order of dates. Lists of messages are separated by spaces. */
export interface VerifyWalk {
  /** The next page of Gmail's list; undefined at its start and at its end. */
  readonly pageToken?: string | undefined;
  readonly isListed: boolean;
  /** Where reading the copy continues; undefined at its start and at its end. */
  readonly from?: string | undefined;
  readonly isRead: boolean;
  /** Messages that are listed, but not yet found in the copy. */
  readonly unread: string;
  /** Messages that are in the copy, but not yet listed: each with a colon and its history ID. */
  readonly unlisted: string;
}

/** The IDs of the messages that differed. All were repaired. */
export interface VerifyFindings {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly mislabelled: readonly string[];
}

/** The sync state of one mailbox. Times are epoch milliseconds. */
export interface MailboxState extends MailboxKey {
  readonly phase: Phase;
  /** Why it is paused: the code of a problem. */
  readonly pausedBecause?: string | undefined;
  /** The history ID up to which every change is in the copy. */
  readonly historyId?: string | undefined;
  /** The next page of the backfill's listing; undefined at its start. */
  readonly pageToken?: string | undefined;
  /** The approximate number of messages in the mailbox. */
  readonly about?: number | undefined;
  readonly copied: number;
  /** When the messages must be counted: from the end of each comparison until a job has counted them. */
  readonly recountAt?: number | undefined;
  /**
   * Set while a job changes messages, and after a job that died doing so: then the change feed may contain changes
   * since this moment that the copy does not.
   */
  readonly toldSince?: number | undefined;
  /** When Gmail last listed the labels; undefined if the next job must list them. */
  readonly labelsAt?: number | undefined;
  readonly failed: number;
  readonly backfillPace?: BackfillPace | undefined;
  readonly connectedAt: number;
  readonly nextDueAt: number;
  readonly dueClass: DueClass;
  /** Units that the next job can use. */
  readonly wants: number;
  readonly quietPolls: number;
  /** The batch size with which the last job ended and the next begins. */
  readonly batchSize?: number | undefined;
  readonly requestedAt?: number | undefined;
  /** No call to Google before this moment. */
  readonly notBefore?: number | undefined;
  readonly claim?: Claim | undefined;
  /** The units of the trailing minute, and those that the daily quota does not contain yet. */
  readonly spends: readonly LedgerEntry[];
  readonly quietPoll?: QuietPoll | undefined;
  readonly lastSyncAt?: number | undefined;
  /** Consecutive jobs to which Gmail did not return the history after the cursor. */
  readonly historyFailures?: number | undefined;
  /** Consecutive jobs that Gmail refused without a retry time. */
  readonly refusals?: number | undefined;
  /** Gmail's reason for refusing every message, until a job finds that Gmail returns them again. */
  readonly messagesRefused?: string | undefined;
  /** Whether `caught_up` is still to be announced: messages are missing from the copy. */
  readonly catchingUp?: boolean | undefined;
  readonly lastError?: { readonly code: string; readonly at: number } | undefined;
  /** What it waits for, other than its due time: `waiting_for_daily_quota`, `rate_limited`. */
  readonly waitsFor?: string | undefined;
  readonly verify?: VerifyProgress | undefined;
  readonly verifiedAt?: number | undefined;
  /** The last comparison that ended. Earlier releases did not store why it ran. */
  readonly lastVerify?:
    | (VerifyFindings & { readonly at: number; readonly because?: VerifyProgress['because'] | undefined })
    | undefined;
  readonly verifyRequestedAt?: number | undefined;
}

/** What a job may change while it holds the claim. */
export type Progress = Partial<
  Pick<
    MailboxState,
    | 'phase'
    | 'pausedBecause'
    | 'historyId'
    | 'pageToken'
    | 'about'
    | 'copied'
    | 'recountAt'
    | 'toldSince'
    | 'labelsAt'
    | 'failed'
    | 'catchingUp'
    | 'historyFailures'
    | 'verify'
    | 'verifiedAt'
    | 'lastVerify'
    | 'verifyRequestedAt'
  >
>;

/** Written before a redelivered job runs. */
type Redelivery = Pick<MailboxState, 'spends' | 'nextDueAt'>;

/** The result of a job; undefined parts are removed from the row. */
export type Outcome = Progress &
  Pick<
    MailboxState,
    | 'nextDueAt'
    | 'dueClass'
    | 'wants'
    | 'quietPolls'
    | 'batchSize'
    | 'backfillPace'
    | 'notBefore'
    | 'spends'
    | 'quietPoll'
    | 'lastSyncAt'
    | 'refusals'
    | 'messagesRefused'
    | 'lastError'
    | 'waitsFor'
  >;

/**
 * What the end of a job writes.
 *
 * @param isRequested whether a sync was requested after the job's claim
 */
export type JobEnd = (isRequested: boolean) => Outcome & Pick<MailboxState, 'claim' | 'requestedAt'>;

/** A row of the index of due mailboxes: all that a claim needs. */
export type DueMailbox = Pick<
  MailboxState,
  'accountId' | 'generation' | 'nextDueAt' | 'dueClass' | 'wants' | 'spends'
>;

export type SweptMailbox = MailboxKey & Pick<MailboxState, 'phase' | 'failed'>;

/** Stores sync states. Conditional writes return whether they took place. */
export interface MailboxStore {
  find(accountId: string): Promise<MailboxState | undefined>;
  /** Stores a new state if there is none, or over that of the ended generation that it replaces. */
  create(state: MailboxState, replaced?: string): Promise<boolean>;
  /**
   * Changes a state whose phase, reason of a pause, due class, due time and claim are still as seen; undefined parts
   * are removed.
   */
  change(seen: MailboxState, changes: Partial<MailboxState>): Promise<boolean>;
  /** The due mailboxes of one class and shard, earliest first. */
  listDue(dueClass: DueClass, shard: number, now: number): AsyncIterable<readonly DueMailbox[]>;
  /**
   * Stores the claim and its `spends`, and moves the due time to the end of the lease, if no other dispatcher has
   * claimed the mailbox since.
   *
   * @returns what the row contains beyond the index; undefined if the claim was not stored
   */
  claim(
    due: DueMailbox,
    claim: Claim,
    leaseEnd: number,
    spends: readonly LedgerEntry[],
  ): Promise<Pick<MailboxState, 'quietPoll'> | undefined>;
  /**
   * Releases an unused claim: due time and `spends` are again what the index showed, so that the mailbox keeps its
   * place.
   */
  release(due: DueMailbox, jobId: string): Promise<boolean>;
  /** Moves the due time of an unclaimed mailbox, and stores what it waits for. */
  postpone(due: DueMailbox, nextDueAt: number, waitsFor: string): Promise<boolean>;
  /** Stores the progress of a job, if the job still holds the claim in this generation. */
  saveProgress(mailbox: MailboxKey, jobId: string, progress: Progress | Redelivery): Promise<boolean>;
  /** Stores the end of a job, if the job still holds the claim in this generation. */
  finish(mailbox: MailboxKey, claim: Pick<Claim, 'jobId' | 'claimedAt'>, end: JobEnd): Promise<boolean>;
  delete(mailbox: MailboxKey): Promise<boolean>;
  /** Every state, page by page, for the daily sweep; only those after this account, if one is given. */
  scan(after?: string): AsyncIterable<readonly SweptMailbox[]>;
  /** The generations of those accounts that have a state. Eventually consistent. */
  generationsOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
