import type { MailboxKey } from '../../lambdas/copied-message.ts';
import { Problem } from '../../lambdas/errors.ts';
import type { FetchAnswer, FetchRequest, SyncGmail } from '../../lambdas/sync/job/sync-gmail.ts';
import type { QuotaProfile } from '../../lambdas/sync/mailbox/quota-profile.ts';
import type { Chance } from './chance.ts';
import type { FaultPlan, GmailCall, GmailFault, ListQuery } from './fault-plan.ts';
import type { LambdaProcess } from './lambda-process.ts';
import type { ModelMailbox } from './model-mailbox.ts';
import { QuotaMeter, type QuotaWindow } from './quota-meter.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Quotas that are enforced. */
export interface EnforcedQuota {
  readonly profile: QuotaProfile;
  readonly window: QuotaWindow;
  /** Calls of one user at once. */
  readonly concurrency: number;
}

/** What one job, or one person, may see of the calls: who called, and what it cost. */
export interface Caller {
  readonly process: LambdaProcess;
  /** Told of each call before it is made, with its units. */
  called(units: number): void;
  /** Told that Google wants to be left alone until then. */
  silenced(until: number): void;
}

interface UserAtGoogle {
  readonly mailbox: ModelMailbox;
  readonly meter: QuotaMeter | undefined;
  inFlight: number;
}

export interface ModelGmailOptions {
  readonly time: VirtualTime;
  readonly faults: FaultPlan;
  readonly chance: Chance;
  readonly prices: QuotaProfile['prices'];
  readonly quota?: EnforcedQuota | undefined;
  /** Milliseconds of one call, at least and at most. */
  readonly latency: readonly [number, number];
  /** Told of what a well-behaved client never does. */
  readonly violation: (what: string) => void;
}

/** Seconds that Google names when it wants to be left alone. */
const namedSeconds = 95;
/** Milliseconds until a client gives up waiting. */
const patience = 8_000;

/** Gmail's API over model mailboxes: calls take time, cost units, and can go wrong. */
export class ModelGmail {
  readonly #options: ModelGmailOptions;
  readonly #users = new Map<string, UserAtGoogle>();
  readonly #project: QuotaMeter | undefined;
  #downUntil = 0;
  /** Calls and parts that were over a quota. */
  refusals = 0;
  /** Units that were spent. */
  units = 0;

  constructor(options: ModelGmailOptions) {
    this.#options = options;
    const { quota } = options;
    this.#project = quota && new QuotaMeter(quota.profile.unitsPerProjectMinute, quota.window);
  }

  addUser(accountId: string, mailbox: ModelMailbox): void {
    const { quota } = this.#options;
    const meter = quota && new QuotaMeter(quota.profile.unitsPerUserMinute, quota.window);
    this.#users.set(accountId, { mailbox, meter, inFlight: 0 });
  }

  /** Until then Gmail answers nothing but errors: 503 for a call, 500 for each part of a batch. */
  goDown(until: number): void {
    this.#downUntil = until;
  }

  /** Somebody lists the mailbox, beside the sync. */
  listInteractively(accountId: string): void {
    this.#admit(this.#user(accountId), this.#options.prices.listMessages);
  }

  open({ accountId }: MailboxKey, caller: Caller): SyncGmail {
    const user = this.#user(accountId);
    const { prices } = this.#options;
    const { mailbox } = user;
    return {
      getProfile: () => this.#call(user, caller, 'getProfile', prices.getProfile, () => mailbox.profile()),
      listLabels: () => this.#call(user, caller, 'listLabels', prices.listLabels, () => mailbox.labels()),
      listMessages: (query) =>
        this.#call(
          user,
          caller,
          'listMessages',
          prices.listMessages,
          (fault) => {
            if (fault?.kind === 'refusedListToken') return 'refused';
            if (fault?.kind === 'emptyList') return { messages: [] };
            const page = mailbox.listMessages(query);
            if (page === 'refused') this.#options.violation('a page token of another listing');
            return page;
          },
          query,
        ),
      listHistory: (query) =>
        this.#call(
          user,
          caller,
          'listHistory',
          prices.listHistory,
          (fault) => {
            if (fault?.kind === 'refusedHistoryToken') return 'refused';
            if (fault?.kind === 'expiredHistory') mailbox.forgetHistory();
            const page = mailbox.listHistory(query);
            if (page === 'refused') this.#options.violation('a page token of another history');
            return page;
          },
          query,
        ),
      fetch: (requests) => this.#fetch(user, caller, requests),
    };
  }

  async #fetch(
    user: UserAtGoogle,
    caller: Caller,
    requests: readonly FetchRequest[],
  ): Promise<readonly FetchAnswer[]> {
    const { prices, violation } = this.#options;
    const priceOf = ({ kind }: FetchRequest) => (kind === 'thread' ? prices.getThread : prices.getMessage);
    if (requests.length === 0 || requests.length > 100) violation(`a batch of ${requests.length}`);
    if (requests.some(({ id }) => id === '')) violation('a message without an ID was asked for');
    const sum = requests.reduce((units, request) => units + priceOf(request), 0);
    return this.#call(user, caller, 'fetch', sum, (fault) =>
      requests.map((request, index) => {
        if (!this.#admit(user, priceOf(request))) return { kind: 'limited' };
        if (this.#isDown) return { kind: 'again' };
        const faulty = this.#faultyPart(caller, fault, index);
        if (faulty?.kind === 'again') user.mailbox.trouble(request);
        return faulty ?? user.mailbox.fetch(request);
      }),
    );
  }

  #faultyPart(caller: Caller, fault: GmailFault | undefined, index: number): FetchAnswer | undefined {
    if (fault === undefined || !('every' in fault) || index % fault.every !== 0) return undefined;
    if (fault.kind === 'partAgain') return { kind: 'again' };
    if (fault.kind === 'partLimited') return { kind: 'limited' };
    this.#silence(caller);
    return { kind: 'limited', retryAfterSeconds: namedSeconds };
  }

  async #call<Answer>(
    user: UserAtGoogle,
    caller: Caller,
    call: GmailCall,
    units: number,
    answer: (fault: GmailFault | undefined) => Answer,
    query: ListQuery = {},
  ): Promise<Answer> {
    const { faults, chance, latency, quota } = this.#options;
    const { process } = caller;
    await process.alive();
    caller.called(units);
    const milliseconds = chance.between(...latency);
    user.inFlight += 1;
    try {
      await process.wait(Math.floor(milliseconds / 2));
      const fault = faults.takeGmail(call, query);
      this.#throwIfTooMuch(user, call, units, quota?.concurrency);
      await this.#failCall(caller, fault);
      if (this.#isDown && call !== 'fetch') throw new Problem('google_unavailable');
      const result = answer(fault);
      await process.wait(Math.ceil(milliseconds / 2));
      return result;
    } finally {
      user.inFlight -= 1;
    }
  }

  #throwIfTooMuch(
    user: UserAtGoogle,
    call: GmailCall,
    units: number,
    concurrency = Number.POSITIVE_INFINITY,
  ): void {
    if (user.inFlight > concurrency) {
      this.refusals += 1;
      throw new Problem('rate_limited');
    }
    // The parts of a batch are judged each alone.
    if (call !== 'fetch' && !this.#admit(user, units)) throw new Problem('rate_limited');
  }

  async #failCall(caller: Caller, fault: GmailFault | undefined): Promise<void> {
    switch (fault?.kind) {
      case 'unavailable':
        throw new Problem('google_unavailable');
      case 'timeout':
        await caller.process.wait(patience);
        throw new Problem('google_timeout');
      case 'lost':
        await caller.process.wait(20);
        throw new Problem('google_unavailable');
      case 'limited':
        throw new Problem('rate_limited');
      case 'limitedUntil':
        this.#silence(caller);
        throw new Problem('rate_limited', { retryAfterSeconds: namedSeconds });
    }
  }

  get #isDown(): boolean {
    return this.#options.time.now < this.#downUntil;
  }

  #silence({ silenced }: Caller): void {
    silenced(this.#options.time.now + namedSeconds * 1_000);
  }

  /** Whether the quotas have room; if so, it is used. */
  #admit(user: UserAtGoogle, units: number): boolean {
    const { now } = this.#options.time;
    const full = [user.meter, this.#project].some((meter) => meter !== undefined && meter.left(now) < units);
    if (full) {
      this.refusals += 1;
      return false;
    }
    user.meter?.spend(now, units);
    this.#project?.spend(now, units);
    this.units += units;
    return true;
  }

  #user(accountId: string): UserAtGoogle {
    const user = this.#users.get(accountId);
    if (user === undefined) throw new Error(`There is no mailbox ${accountId}.`);
    return user;
  }
}
