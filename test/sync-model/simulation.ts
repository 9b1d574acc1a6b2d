import type { MailboxKey } from '../../lambdas/copied-message.ts';
import { Problem, type ProblemCode } from '../../lambdas/errors.ts';
import type { LogFields, Logger } from '../../lambdas/log.ts';
import { type DispatchReport, dispatch } from '../../lambdas/sync/dispatch/dispatch.ts';
import { announceConnected } from '../../lambdas/sync/mailbox/announce.ts';
import { newMailboxState } from '../../lambdas/sync/mailbox/connect.ts';
import { eraseCopy } from '../../lambdas/sync/mailbox/erase.ts';
import type { SyncPace } from '../../lambdas/sync/mailbox/pace.ts';
import type { QuotaProfile } from '../../lambdas/sync/mailbox/quota-profile.ts';
import type { SyncMessage } from '../../lambdas/sync/mailbox/sync-queue.ts';
import { requested, resumed } from '../../lambdas/sync/mailbox/transitions.ts';
import { processBatch } from '../../lambdas/sync/process-batch.ts';
import { type JobRun, runJob } from '../../lambdas/sync/run-job.ts';
import { Chance } from './chance.ts';
import { FaultPlan } from './fault-plan.ts';
import { JobWatch } from './job-watch.ts';
import { LambdaProcess } from './lambda-process.ts';
import { MemoryQueue, type ReceivedMessage } from './memory-queue.ts';
import { MemoryTables } from './memory-stores.ts';
import { type EnforcedQuota, ModelGmail } from './model-gmail.ts';
import type { ModelMailbox } from './model-mailbox.ts';
import { eventOf } from './sqs-event.ts';
import { VirtualTime } from './virtual-time.ts';

export interface SimulationOptions {
  readonly quota: QuotaProfile;
  /** Undefined: Google refuses nothing for its price. */
  readonly enforced?: EnforcedQuota;
  readonly pace?: Partial<SyncPace>;
  /** Milliseconds of one call of Gmail, at least and at most. */
  readonly latency?: readonly [number, number];
  /** Milliseconds of one access to a store. */
  readonly storeDelay?: number;
  /** Milliseconds between queue and worker at the most, and between the tick and the dispatcher. */
  readonly startDelay?: number;
  /** Milliseconds between the tick and the dispatcher at the most, if they are others. */
  readonly tickDelay?: number;
  readonly concurrency?: number;
  /** Messages that a comparison takes at a time. */
  readonly verifyGroup?: number;
  readonly seed?: number;
}

/** What must come about in many histories. */
export const reachable = [
  'a quiet poll',
  'a request within a minute after a quiet poll',
  'several messages of one mailbox at once',
  'several mailboxes at once',
  'a worker that died with several mailboxes',
] as const;

export type Reached = (typeof reachable)[number];

interface Account {
  readonly mailbox: ModelMailbox;
  readonly owner: string;
  generation: string | undefined;
  /** Why Gmail cannot be opened. */
  refused: ProblemCode | undefined;
}

const minute = 60_000;
const workerTimeout = minute;
/** What a worker gets at once. */
const mostMessages = 10;
/** A minute's edge, some years from now. */
const beginning = Date.UTC(2027, 0, 1);

const silence: Logger = { info: () => {}, warn: () => {}, error: () => {} };

/** The whole sync on a simulated clock: scheduler, dispatchers, queue and workers, over tables and Gmail in memory. */
export class Simulation {
  readonly time = new VirtualTime(beginning);
  readonly faults = new FaultPlan();
  readonly tables = new MemoryTables();
  readonly gmail: ModelGmail;
  readonly queue: MemoryQueue;
  /** What a well-behaved sync never does, and did. */
  readonly violations: string[] = [];
  readonly reports: DispatchReport[] = [];
  /** The mailboxes that got a minute of their backfill, in that order. */
  readonly served: string[] = [];
  readonly pace: SyncPace;
  /** How often it came to what must come about. */
  readonly reached = new Map<Reached, number>();
  /** Nothing goes wrong any more: a function that is stopped for want of time is a fault of the sync. */
  calm = false;
  /** Units of a day; undefined: what the quota profile says. */
  dailyUnits: number | undefined;
  readonly #options: SimulationOptions;
  readonly #chance: Chance;
  readonly #accounts = new Map<string, Account>();
  #generations = 0;
  #jobs = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#chance = new Chance(options.seed ?? 1);
    this.pace = {
      minute,
      poll: minute,
      quietPoll: 5 * minute,
      verifyEvery: 7 * 24 * 60 * minute,
      ...options.pace,
    };
    this.gmail = new ModelGmail({
      time: this.time,
      faults: this.faults,
      chance: this.#chance,
      prices: options.quota.prices,
      quota: options.enforced,
      latency: options.latency ?? [60, 400],
      violation: (what) => this.violations.push(what),
    });
    this.queue = new MemoryQueue({
      time: this.time,
      faults: this.faults,
      work: (messages) => this.#work(messages),
      batchSize: () => this.#chance.between(1, mostMessages),
      concurrency: options.concurrency ?? 10,
    });
    this.#scheduleTick(beginning);
  }

  addAccount(accountId: string, mailbox: ModelMailbox): void {
    const owner = `owner-of-${accountId}`;
    this.#accounts.set(accountId, { mailbox, owner, generation: undefined, refused: undefined });
    this.gmail.addUser(accountId, mailbox);
  }

  /** A consent: a new mailbox, or a paused one that is resumed. */
  connect(accountId: string): MailboxKey {
    const account = this.#account(accountId);
    account.refused = undefined;
    if (account.generation === undefined) {
      this.#generations += 1;
      account.generation = `generation-${this.#generations}`;
    }
    const { owner, generation } = account;
    const mailbox = { accountId, generation };
    this.queue.put({ kind: 'connected', ...mailbox, owner, jobId: this.#newId() });
    if (this.tables.states.get(accountId)?.generation !== mailbox.generation) {
      this.tables.set(newMailboxState(mailbox, this.time.now, this.#options.quota));
    } else this.tables.apply(mailbox, resumed(this.time.now));
    return mailbox;
  }

  /** The grant ends, and the erasure of its copy is queued. */
  disconnect(accountId: string): void {
    const account = this.#account(accountId);
    const { owner, generation } = account;
    if (generation === undefined) return;
    account.generation = undefined;
    this.queue.put({ kind: 'erase', accountId, generation, owner, jobId: this.#newId() });
  }

  /** From now on Gmail cannot be opened, until the next consent. */
  refuse(accountId: string, code: ProblemCode): void {
    this.#account(accountId).refused = code;
  }

  /** The mailbox that is connected now. */
  readonly connected = (accountId: string): MailboxKey | undefined => {
    const { generation } = this.#account(accountId);
    return generation === undefined ? undefined : { accountId, generation };
  };

  /** The person asks for a sync, or a comparison. */
  request(mailbox: MailboxKey, verify: boolean): void {
    const { quietPoll } = this.tables.states.get(mailbox.accountId) ?? {};
    const isSoon = quietPoll !== undefined && this.time.now < quietPoll.at + minute;
    const isWritten = this.tables.apply(mailbox, requested(this.time.now, verify));
    if (isSoon && isWritten) this.#reach('a request within a minute after a quiet poll');
  }

  /** Lets time pass. */
  pass(milliseconds: number): Promise<void> {
    return this.time.runUntil(this.time.now + milliseconds);
  }

  #scheduleTick(at: number): void {
    this.time.at(at, () => {
      this.#scheduleTick(at + this.pace.minute);
      // A tick that finds no due mailbox does nothing.
      if (!this.tables.isAnyDue(at) || this.faults.takeHarness('missedTick')) return;
      void this.#dispatch(at);
      if (this.faults.takeHarness('secondDispatcher')) void this.#dispatch(at);
    });
  }

  async #dispatch(scheduledAt: number): Promise<void> {
    const process = this.#process();
    const { quota, startDelay = 0, tickDelay = startDelay } = this.#options;
    await process.wait(this.#chance.between(0, tickDelay));
    const { mailboxes, usage } = this.tables.open(process);
    const run = dispatch(scheduledAt, {
      mailboxes,
      usage,
      queue: this.queue.open(process),
      quota,
      pace: this.pace,
      dailyUnits: this.dailyUnits,
      log: silence,
      clock: () => this.time.now,
      sleep: (milliseconds) => process.wait(milliseconds),
      newId: () => this.#newId(),
    });
    // A dispatcher that fails is not run again: the next tick is.
    const report = await Promise.race([run.catch(() => 'failed' as const), process.died]);
    if (typeof report === 'object') this.reports.push(report);
  }

  /** One worker with all messages that it got: when it is killed, none of them is done. */
  async #work(messages: readonly ReceivedMessage[]): Promise<ReadonlySet<string>> {
    // Announcing a consent takes hardly any time, however many users consent at once.
    if (messages.some(({ message }) => message.kind !== 'connected')) {
      await this.time.sleep(this.#untilStart());
    }
    if (this.faults.takeHarness('outage'))
      this.time.at(this.time.now + 900, () => this.gmail.goDown(this.time.now + 130_000));
    const process = this.#process();
    const timeout = this.faults.takeHarness('shortTime') ? 4_000 : workerTimeout;
    const endsAt = this.time.now + timeout;
    this.time.at(endsAt, () => this.#stop(process));
    const run = processBatch(eventOf(messages), {
      work: (message, delivery) => this.#handle(message, { endsAt, delivery }, process),
      log: { ...silence, error: (fields) => this.#failed(fields) },
      metrics: () => {},
    });
    const answer = await Promise.race([run, process.died]);
    this.#noteBatch(messages, answer === 'killed');
    // What a function leaves running when it has answered, Lambda freezes.
    process.kill();
    if (answer === 'killed') return new Set(messages.map(({ id }) => id));
    return new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  }

  #noteBatch(messages: readonly ReceivedMessage[], isKilled: boolean): void {
    const { size: mailboxes } = new Set(messages.map(({ message }) => message.accountId));
    if (messages.length > mailboxes) this.#reach('several messages of one mailbox at once');
    if (mailboxes > 1) this.#reach('several mailboxes at once');
    if (mailboxes > 1 && isKilled) this.#reach('a worker that died with several mailboxes');
  }

  #reach(what: Reached): void {
    this.reached.set(what, (this.reached.get(what) ?? 0) + 1);
  }

  #handle(message: SyncMessage, run: JobRun, process: LambdaProcess): Promise<void> {
    if (message.kind === 'sync') return this.#sync(message, run, process);
    if (message.kind === 'erase') return this.#erase(message, run.endsAt, process);
    return announceConnected(message, this.#changes(process), this.#findGrant);
  }

  readonly #findGrant = async ({ accountId, generation }: MailboxKey) => {
    const account = this.#account(accountId);
    return account.generation === generation ? { owner: account.owner } : undefined;
  };

  #changes(process: LambdaProcess) {
    return { feed: this.tables.open(process).feed, times: { write: 10_000 }, clock: () => this.time.now };
  }

  async #sync(message: SyncMessage & { kind: 'sync' }, run: JobRun, process: LambdaProcess): Promise<void> {
    const { quota } = this.#options;
    const state = this.tables.heldBy(message);
    const watch = new JobWatch(
      state,
      () => this.time.now,
      (what) => this.violations.push(what),
    );
    if (state?.phase === 'backfill') this.served.push(message.accountId);
    const { mailboxes, copy, usage } = this.tables.open(process);
    const { mailbox } = this.#account(message.accountId);
    const changes = this.#changes(process);
    const claimComplete = (what: string) => {
      const { historyId = '', verify } = this.tables.states.get(message.accountId) ?? {};
      // After a lost history, a comparison finds what the backfill could not know of.
      if (verify === undefined) watch.complete(what, this.tables.copyOf(message), mailbox, historyId);
    };
    await runJob(message, run, {
      usage,
      random: () => this.#chance.between(0, 999) / 1_000,
      mailboxes: watch.overMailboxes({
        ...mailboxes,
        saveProgress: (key, jobId, progress) => {
          if ('phase' in progress && progress.phase === 'live') claimComplete('a backfill has ended');
          return mailboxes.saveProgress(key, jobId, progress);
        },
      }),
      copy: watch.overCopy(
        copy,
        this.tables.copyOf(message).messages,
        mailbox,
        this.tables.announced.of(message),
      ),
      changes: {
        ...changes,
        feed: {
          ...changes.feed,
          append: (change, within) => {
            if (change.type === 'caught_up') claimComplete('a mailbox has caught up');
            return changes.feed.append(change, within);
          },
        },
      },
      findGrant: this.#findGrant,
      openGmail: async (mailbox) => {
        await process.wait(this.#options.storeDelay ?? 0);
        const { generation, refused } = this.#account(mailbox.accountId);
        if (generation !== mailbox.generation) throw new Problem('login_required');
        if (refused !== undefined) throw new Problem(refused);
        return this.gmail.open(mailbox, {
          process,
          called: (units) => watch.spend(units),
          silenced: (until) => watch.silence(until),
        });
      },
      quota,
      pace: this.pace,
      verifyGroup: this.#options.verifyGroup,
      log: silence,
      clock: () => this.time.now,
      sleep: (milliseconds) => process.wait(milliseconds),
    });
    const { quietPoll } = this.tables.states.get(message.accountId) ?? {};
    if (quietPoll !== undefined && quietPoll.claimedAt === state?.claim?.claimedAt)
      this.#reach('a quiet poll');
  }

  #erase(message: SyncMessage & { kind: 'erase' }, endsAt: number, process: LambdaProcess): Promise<void> {
    const { mailboxes, copy } = this.tables.open(process);
    return eraseCopy(
      message,
      { endsAt },
      {
        copy,
        mailboxes,
        changes: this.#changes(process),
        findGrant: this.#findGrant,
        erasures: { write: (erasure) => process.read(() => void this.tables.erasures.push(erasure)) },
        queue: this.queue.open(process),
        clock: () => this.time.now,
        newId: () => this.#newId(),
      },
    );
  }

  /** Usually soon; sometimes the worker starts exactly at a minute's edge, or a millisecond beside it. */
  #untilStart(): number {
    if (!this.faults.takeHarness('minuteEdge')) return this.#chance.between(0, this.#options.startDelay ?? 0);
    const edge = minute - (this.time.now % minute);
    return edge + this.#chance.between(-1, 1);
  }

  #stop(process: LambdaProcess): void {
    if (this.calm && process.isAlive) this.violations.push('a function that did not end in time');
    process.kill();
  }

  #failed({ code, errorName, stack }: LogFields): void {
    if (code === 'storage_unavailable') return;
    this.violations.push(`a job threw ${code ?? errorName} ${stack ?? ''}`);
  }

  #process(): LambdaProcess {
    return new LambdaProcess(this.time, this.faults, this.#options.storeDelay ?? 0);
  }

  #newId(): string {
    this.#jobs += 1;
    return `job-${this.#jobs}`;
  }

  #account(accountId: string): Account {
    const account = this.#accounts.get(accountId);
    if (account === undefined) throw new Error(`There is no account ${accountId}.`);
    return account;
  }
}
