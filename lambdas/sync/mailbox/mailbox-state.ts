import type { MailboxKey } from '../../copied-message.ts';
import type { ProblemCode } from '../../errors.ts';

/** Where a mailbox stands: being copied for the first time, kept in step, or waiting for a person. */
export type Phase = 'backfill' | 'live' | 'paused';

/** Why a mailbox is paused that only an operator sets going again: no consent does, and no sweep. */
export const pausedByOperator = 'paused_by_operator' satisfies ProblemCode;

/**
 * What due mailboxes wait for: changes of live ones, a comparison of live ones, the first minute of new ones, further
 * minutes of backfills.
 */
export const dueClasses = ['changes', 'verify', 'first', 'more'] as const;

export type DueClass = (typeof dueClasses)[number];

/** Whether mailboxes of the class are still copied for the first time. */
export function isBackfillClass(dueClass: DueClass): boolean {
  return dueClass === 'first' || dueClass === 'more';
}

/** The shards of the index of due mailboxes. */
export const dueShards = 16;

/** Units spent, and when the last of them were. */
export interface LedgerEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly units: number;
  /**
   * `counted`: the project's day holds them already. `reserved`: not spent yet, but granted to the job of the claim;
   * the day holds them from the claim on, and if the job dies, for good. `granted` and, for a backfill,
   * `grantedToBackfill`: not spent, but still held by the day for a job that has ended; the next claim puts what it
   * really spent in their place.
   */
  readonly mark?: 'counted' | 'reserved' | 'granted' | 'grantedToBackfill' | undefined;
}

/**
 * What a job spent that found nothing to do: its row then keeps the spends that its claim wrote, and so the index of
 * due mailboxes need not be written.
 */
export interface QuietPoll {
  /** The tick that admitted it, epoch milliseconds: by it one knows the claim. */
  readonly claimedAt: number;
  /** Its last spend, epoch milliseconds. */
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

/** How fast a backfill goes. */
export interface BackfillPace {
  /** The tick of the last job that ended well, epoch milliseconds. */
  readonly at: number;
  /** What was copied after it. */
  readonly copied: number;
  /** Messages a minute, the last few jobs counting most. */
  readonly rate: number;
}

/** How far a comparison of copy and mailbox has come. */
export interface VerifyProgress {
  readonly startedAt: number;
  /** Why: asked for, due by the calendar, because the history had expired, or because a backfill has ended. */
  readonly because: 'requested' | 'schedule' | 'history_expired' | 'first_copy';
  /** Every message up to this ID is compared; undefined at the start. */
  readonly after?: string | undefined;
  /** How it compares: label by label in the order of dates, unless Gmail’s lists turned out to be in another order. */
  readonly by?: 'ids' | undefined;
  /** Where the comparison of this label in the order of dates stopped. */
  readonly walk?: VerifyWalk | undefined;
  /** Labels of messages of the copy that Gmail does not list. */
  readonly strangeLabels?: readonly string[] | undefined;
  /** Messages of the copy that Gmail did not find, until it is asked once more: their IDs, separated by spaces. */
  readonly doubted?: { readonly since: number; readonly ids: string } | undefined;
  /** Whether everything is compared, and only what is doubted is left. */
  readonly isCompared?: boolean | undefined;
  /**
   * The group compared now, undefined until it is chosen: the messages that follow, up to and including this ID;
   * without that, all of them.
   */
  readonly group?: { readonly upTo?: string | undefined } | undefined;
  /** The label compared next; undefined for the set of all messages. */
  readonly labelId?: string | undefined;
  /**
   * The list of that label, if a job ended before it was compared: where it goes on, unless it is complete, and the
   * IDs of the group so far, separated by spaces.
   */
  readonly listing?: { readonly pageToken?: string | undefined; readonly ids: string } | undefined;
  readonly found: VerifyFindings;
}

/** How far one label is compared in the order of dates. Lists of messages are separated by spaces. */
export interface VerifyWalk {
  /** Where Gmail’s list goes on; undefined at its start, and at its end. */
  readonly pageToken?: string | undefined;
  readonly isListed: boolean;
  /** Where the copy is read on; undefined at its start, and at its end. */
  readonly from?: string | undefined;
  readonly isRead: boolean;
  /** Messages that were listed, but not yet seen in the copy. */
  readonly unread: string;
  /** Messages that were seen in the copy, but not yet listed: each with a colon and its history ID. */
  readonly unlisted: string;
}

/** What a comparison found, by message ID. All of it was repaired. */
export interface VerifyFindings {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly mislabelled: readonly string[];
}

/** The sync state of one mailbox. Times are epoch milliseconds. */
export interface MailboxState extends MailboxKey {
  readonly phase: Phase;
  /** Why it is paused: a problem's code. */
  readonly pausedBecause?: string | undefined;
  /** The history ID up to which every change is in the copy. */
  readonly historyId?: string | undefined;
  /** The listing of a backfill goes on here; undefined at its start. */
  readonly pageToken?: string | undefined;
  /** About how many messages the mailbox holds. */
  readonly about?: number | undefined;
  readonly copied: number;
  /**
   * Stands there while a job changes which messages the copy holds, and after a job that died over it: then `copied`
   * may be wrong, and the first job from this moment on counts them.
   */
  readonly recountAt?: number | undefined;
  /**
   * Stands there while a job changes messages, and after a job that died over it: then what the change feed says of
   * messages since this moment may not be so.
   */
  readonly toldSince?: number | undefined;
  /** When Gmail was last asked for the names of labels; undefined: the next job is to ask. */
  readonly labelsAt?: number | undefined;
  readonly failed: number;
  readonly backfillPace?: BackfillPace | undefined;
  readonly connectedAt: number;
  readonly nextDueAt: number;
  readonly dueClass: DueClass;
  /** Units that the next job can use. */
  readonly wants: number;
  /** Polls in a row that found nothing. */
  readonly quietPolls: number;
  /** The parts of a batch with which the last job ended, and the next begins. */
  readonly batchSize?: number | undefined;
  readonly requestedAt?: number | undefined;
  /** Google asked to be left alone until then. */
  readonly notBefore?: number | undefined;
  readonly claim?: Claim | undefined;
  /** The units of the trailing minute, and those that the project's day does not hold yet. */
  readonly spends: readonly LedgerEntry[];
  readonly quietPoll?: QuietPoll | undefined;
  readonly lastSyncAt?: number | undefined;
  /** Jobs in a row to which Gmail did not give the history after the cursor. */
  readonly historyFailures?: number | undefined;
  /** Jobs in a row that Gmail refused without saying until when. */
  readonly refusals?: number | undefined;
  /** With which reason Gmail refused every message that it was asked for, until a job finds that it gives them again. */
  readonly messagesRefused?: string | undefined;
  /** Whether the feed is still to hear that the copy holds the whole mailbox: messages are missing. */
  readonly catchingUp?: boolean | undefined;
  readonly lastError?: { readonly code: string; readonly at: number } | undefined;
  /** What it waits for, if not for its time: `waiting_for_daily_quota`, `rate_limited`. */
  readonly waitsFor?: string | undefined;
  readonly verify?: VerifyProgress | undefined;
  readonly verifiedAt?: number | undefined;
  /** The last comparison that ended; one of an earlier version does not say why it ran. */
  readonly lastVerify?:
    | (VerifyFindings & { readonly at: number; readonly because?: VerifyProgress['because'] | undefined })
    | undefined;
  readonly verifyRequestedAt?: number | undefined;
}

/** The parts of the state that a job may change while it holds the claim. */
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

/** What is written before a job is worked on that was delivered before. */
export type Redelivery = Pick<MailboxState, 'spends' | 'nextDueAt'>;

/** How a job leaves the mailbox; undefined parts are removed. */
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

/** A mailbox as the index of due ones shows it, and all that a claim looks at. */
export type DueMailbox = Pick<
  MailboxState,
  'accountId' | 'generation' | 'nextDueAt' | 'dueClass' | 'wants' | 'spends'
>;

/** A mailbox as the daily sweep sees it. */
export type SweptMailbox = MailboxKey & Pick<MailboxState, 'phase' | 'failed'>;

/** Where sync states are kept. Conditional writes answer whether they took place. */
export interface MailboxStore {
  find(accountId: string): Promise<MailboxState | undefined>;
  /** Writes a new state where there is none, or over the one of the ended generation that it replaces. */
  create(state: MailboxState, replaced?: string): Promise<boolean>;
  /**
   * Sets a paused mailbox of this generation going again where it stood.
   *
   * @param at when it is due, unless Google named a later moment (epoch milliseconds)
   * @param who without it, what an operator has paused stays paused; with it, no request brings the mailbox forward
   */
  resume(mailbox: MailboxKey, at: number, who?: 'operator'): Promise<boolean>;
  /**
   * Pauses a mailbox of this generation for an operator, whatever has paused it already. A job that runs loses its
   * claim: it stops when it next writes down how far it came, and is to the next one like a job that died.
   */
  pause(mailbox: MailboxKey): Promise<boolean>;
  /** Due mailboxes of one class and shard, earliest first. */
  listDue(dueClass: DueClass, shard: number, now: number): AsyncIterable<readonly DueMailbox[]>;
  /**
   * Takes the claim, moves the next due time to the end of the lease and writes these spends in place of those that
   * were seen, if nobody else has claimed it meanwhile.
   *
   * @returns what the row says that the index does not show; undefined when it was not taken
   */
  claim(
    due: DueMailbox,
    claim: Claim,
    leaseEnd: number,
    spends: readonly LedgerEntry[],
  ): Promise<Pick<MailboxState, 'quietPoll'> | undefined>;
  /** Gives an unused claim back: the mailbox is due as it was seen, so that it keeps its place, with the spends seen. */
  release(due: DueMailbox, jobId: string): Promise<boolean>;
  /** Pushes the due time of an unclaimed mailbox back, saying what it waits for. */
  postpone(due: DueMailbox, nextDueAt: number, waitsFor: string): Promise<boolean>;
  /** Writes down how far a job came, if it still holds the claim in this generation. */
  saveProgress(mailbox: MailboxKey, jobId: string, progress: Progress | Redelivery): Promise<boolean>;
  /**
   * Ends a job: its outcome, no claim. A request that came while it ran is not lost: then the mailbox is due at
   * once, though never before `notBefore`.
   */
  finish(mailbox: MailboxKey, jobId: string, claimedAt: number, outcome: Outcome): Promise<boolean>;
  /** Asks for a sync now: due at once, or as soon as the running job has ended, never before `notBefore`. */
  request(mailbox: MailboxKey, now: number, verify: boolean): Promise<boolean>;
  /** Deletes the state, if it is of this generation. */
  delete(mailbox: MailboxKey): Promise<boolean>;
  /** Something of every state, page by page, for the daily sweep; of those after this account only, if one is given. */
  scan(after?: string): AsyncIterable<readonly SweptMailbox[]>;
  /** The generation of each of these accounts that has a state; what was written a moment ago may be missing. */
  generationsOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
