import type { MailboxKey } from '../../copied-message.ts';
import type { Logger } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { ExpiringGrant } from './announce-expiry.ts';
import type { MailboxStore } from './mailbox-state.ts';
import type { QuotaProfile } from './quota-profile.ts';
import type { SyncQueue } from './sync-queue.ts';

export type SweptGrant = MailboxKey & {
  readonly status: string;
  /** When the status was last written, epoch milliseconds. */
  readonly statusSince?: number | undefined;
  /** When its last consent was stored, epoch milliseconds. */
  readonly connectedAt?: number | undefined;
} & ExpiringGrant;

export interface GrantList {
  /** Every grant, page by page; only those after this account, if one is given. */
  pages(after?: string): AsyncIterable<readonly SweptGrant[]>;
  /** The grants of these accounts. Eventually consistent. */
  findAll(accountIds: readonly string[]): Promise<ReadonlyMap<string, SweptGrant>>;
}

export interface SweepDependencies {
  readonly mailboxes: Pick<MailboxStore, 'scan' | 'generationsOf' | 'create' | 'find' | 'change'>;
  readonly grants: GrantList;
  /** Reads one grant consistently. */
  readonly findGrant: (accountId: string) => Promise<SweptGrant | undefined>;
  /**
   * Finishes the account's disconnect if it was cut off, with the erasure of the copy.
   *
   * @returns whether that ended the grant
   */
  readonly finishDisconnect: (accountId: string) => Promise<boolean>;
  readonly queue: SyncQueue;
  readonly progress: SweepProgress;
  readonly quota: QuotaProfile;
  /** Whether this stage copies mail. If not, the sweep only finishes disconnects and erases. */
  readonly copying: boolean;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock?: () => number;
  readonly newId?: () => string;
}

/** What a sweep has counted so far. */
export interface SweepCounts {
  readonly mailboxes: number;
  readonly backfill: number;
  readonly live: number;
  readonly paused: number;
  /** Messages that could not be copied. */
  readonly failed: number;
  readonly erased: number;
  readonly started: number;
  readonly resumed: number;
  readonly finished: number;
}

/** Where the next run continues: after this account of all mailboxes or of all grants. */
export interface SweepPosition {
  readonly pass: 'mailboxes' | 'grants';
  /** Undefined: at the beginning. */
  readonly after?: string | undefined;
  readonly counts: SweepCounts;
}

export interface SweepProgress {
  find(): Promise<SweepPosition | undefined>;
  save(position: SweepPosition): Promise<void>;
  clear(): Promise<void>;
}

const atATime = 25;

export class SweepRun {
  readonly dependencies: SweepDependencies;
  /** When it began, epoch milliseconds. */
  readonly now: number;
  position: SweepPosition;
  readonly failures: unknown[] = [];
  readonly #endsAt: number;
  readonly #clock: () => number;

  constructor(position: SweepPosition, endsAt: number, dependencies: SweepDependencies) {
    this.#clock = dependencies.clock ?? Date.now;
    this.#endsAt = endsAt;
    this.dependencies = dependencies;
    this.now = this.#clock();
    this.position = position;
  }

  /**
   * Handles pages of accounts. The next run repeats a page that is not done in time: handling an account twice does no
   * harm.
   *
   * @returns whether all pages are done
   */
  async pages<Row extends MailboxKey>(
    pages: AsyncIterable<readonly Row[]>,
    handle: (page: readonly Row[], run: SweepRun) => Promise<Partial<SweepCounts>>,
  ): Promise<boolean> {
    for await (const page of pages) {
      const counts = await handle(page, this);
      if (this.#isOver) return false;
      const { pass, after, counts: before } = this.position;
      this.position = { pass, after: page.at(-1)?.accountId ?? after, counts: sum(before, counts) };
    }
    return true;
  }

  /** Handles items, some at a time, while there is time. A failed item does not delay others. */
  async each<Item>(items: readonly Item[], handle: (item: Item) => Promise<void>): Promise<void> {
    for (let start = 0; start < items.length && !this.#isOver; start += atATime) {
      const results = await Promise.allSettled(items.slice(start, start + atATime).map(handle));
      for (const result of results) if (result.status === 'rejected') this.failures.push(result.reason);
    }
  }

  get #isOver(): boolean {
    return this.#clock() >= this.#endsAt;
  }
}

function sum(counts: SweepCounts, more: Partial<SweepCounts>): SweepCounts {
  return {
    mailboxes: counts.mailboxes + (more.mailboxes ?? 0),
    backfill: counts.backfill + (more.backfill ?? 0),
    live: counts.live + (more.live ?? 0),
    paused: counts.paused + (more.paused ?? 0),
    failed: counts.failed + (more.failed ?? 0),
    erased: counts.erased + (more.erased ?? 0),
    started: counts.started + (more.started ?? 0),
    resumed: counts.resumed + (more.resumed ?? 0),
    finished: counts.finished + (more.finished ?? 0),
  };
}
