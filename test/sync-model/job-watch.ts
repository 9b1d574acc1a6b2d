import type { CopiedMessage, CopyStore, KnownMessage } from '../../lambdas/copied-message.ts';
import { notYetAvailable } from '../../lambdas/sync/job/failed-messages.ts';
import type { MailboxState, MailboxStore } from '../../lambdas/sync/mailbox/mailbox-state.ts';
import type { CopyOfMailbox } from './memory-stores.ts';
import type { ModelMailbox } from './model-mailbox.ts';

/** Watches one job: what it must never do, whatever happens. */
export class JobWatch {
  #unitsLeft: number;
  #mayAct: boolean;
  #silentUntil: number;
  readonly #clock: () => number;
  readonly #violation: (what: string) => void;

  /**
   * @param state the mailbox as the row shows it, if the job holds its claim
   */
  constructor(state: MailboxState | undefined, clock: () => number, violation: (what: string) => void) {
    this.#unitsLeft = state?.claim?.units ?? 0;
    this.#mayAct = state !== undefined;
    this.#silentUntil = state?.notBefore ?? 0;
    this.#clock = clock;
    this.#violation = violation;
  }

  /** A call of Gmail is about to be made. */
  spend(units: number): void {
    this.#act('called Gmail');
    if (this.#clock() < this.#silentUntil) this.#violation('a call before the time that Google named');
    this.#unitsLeft -= units;
    if (this.#unitsLeft < 0) this.#violation('a job spent more units than it was granted');
  }

  /** Google wants to be left alone until then. */
  silence(until: number): void {
    this.#silentUntil = until;
  }

  overMailboxes(mailboxes: MailboxStore): MailboxStore {
    const believe = (held: boolean) => {
      if (!held) this.#mayAct = false;
      return held;
    };
    return {
      ...mailboxes,
      saveProgress: async (mailbox, jobId, progress) => {
        this.#act('saved progress');
        return believe(await mailboxes.saveProgress(mailbox, jobId, progress));
      },
      finish: async (mailbox, claim, end) => {
        this.#act('finished');
        const { notBefore = 0, phase } = end(false);
        if (phase !== 'paused' && notBefore < this.#silentUntil && this.#clock() < this.#silentUntil) {
          this.#violation('the time that Google named is not written down');
        }
        const held = await mailboxes.finish(mailbox, claim, end);
        this.#mayAct = false;
        return held;
      },
    };
  }

  /** Users know that the copy is complete up to this history ID. */
  complete(
    what: string,
    { messages, failed }: CopyOfMailbox,
    mailbox: ModelMailbox,
    historyId: string,
  ): void {
    const missing = mailbox.messages
      .values()
      .filter(({ id, arrivedAt }) => arrivedAt <= Number(historyId) && !messages.has(id) && !failed.has(id));
    const [first] = missing;
    if (first !== undefined) this.#violation(`${what} without ${first.id}`);
  }

  /** @param announced the messages announced in the feed, with their labels */
  overCopy(
    copy: CopyStore,
    rows: ReadonlyMap<string, CopiedMessage>,
    mailbox: ModelMailbox,
    announced: ReadonlyMap<string, readonly string[]>,
  ): CopyStore {
    const checkAnnounced = (messages: readonly KnownMessage[]) => {
      const isAnnounced = ({ id, labelIds }: KnownMessage) =>
        announced.get(id)?.toString() === labelIds.toString();
      if (!messages.every(isAnnounced)) this.#violation('a message was written before it was announced');
    };
    return {
      ...copy,
      putAbsent: (key, messages) => {
        this.#act('stored messages');
        checkAnnounced(messages);
        if (messages.some(({ id }) => rows.has(id)))
          this.#violation('a message that is there was stored as absent');
        return copy.putAbsent(key, messages);
      },
      replace: (key, message) => {
        this.#act('replaced a message');
        if ((rows.get(message.id)?.historyId ?? '') <= message.historyId) checkAnnounced([message]);
        return copy.replace(key, message);
      },
      overwrite: (key, message, historyId) => {
        this.#act('overwrote a message');
        checkAnnounced([message]);
        if (sameLabels(rows.get(message.id)?.labelIds ?? [], mailbox.messages.get(message.id)?.labels)) {
          this.#violation('a row that was right was overwritten');
        }
        return copy.overwrite(key, message, historyId);
      },
      updateLabels: (key, messages) => {
        this.#act('changed labels');
        checkAnnounced(messages);
        if (messages.some(({ id, historyId }) => (rows.get(id)?.historyId ?? '') > historyId)) {
          this.#violation('an older change was to replace a newer row');
        }
        return copy.updateLabels(key, messages);
      },
      delete: (key, ids) => {
        this.#act('deleted messages');
        if (ids.some((id) => announced.has(id)))
          this.#violation('a message was deleted before that was announced');
        return copy.delete(key, ids);
      },
      putFailed: (key, failed) => {
        this.#act('recorded a failure');
        const isOwn = mailbox.wasBlemished(failed.id);
        if (!isOwn && !(failed.reason === notYetAvailable && mailbox.wasMissed(failed.id)))
          this.#violation(`a failure that is not the message’s own: ${failed.reason}`);
        return copy.putFailed(key, failed);
      },
    };
  }

  #act(what: string): void {
    if (!this.#mayAct) this.#violation(`a job without a claim ${what}`);
  }
}

function sameLabels(some: readonly string[], others: ReadonlySet<string> = new Set()): boolean {
  return some.length === others.size && some.every((label) => others.has(label));
}
