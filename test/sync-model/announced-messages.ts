import { type Change, isOfMessages } from '../../lambdas/changes/change.ts';
import type { MailboxKey } from '../../lambdas/copied-message.ts';

/** What a reader of the feed alone knows: which messages exist, and their labels. */
export class AnnouncedMessages {
  readonly #mailboxes = new Map<string, Map<string, readonly string[]>>();
  readonly #last = new Map<string, string>();
  /** Changes that did not come in the order of their account. */
  readonly disorder: string[] = [];

  constructor(changes: readonly Change[] = []) {
    for (const change of changes) this.apply(change);
  }

  apply(change: Change): void {
    const { accountId, sequence } = change;
    const last = this.#last.get(accountId) ?? '';
    if (sequence <= last) this.disorder.push(`${sequence} came after ${last}`);
    this.#last.set(accountId, sequence);
    if (!isOfMessages(change)) return;
    const messages = this.of(change);
    if (change.type === 'deleted') for (const id of change.messageIds) messages.delete(id);
    else for (const { id, labelIds } of change.messages) messages.set(id, labelIds);
  }

  /** The messages of a mailbox, with their labels. */
  of({ accountId, generation }: MailboxKey): Map<string, readonly string[]> {
    const name = `${accountId}#${generation}`;
    const messages = this.#mailboxes.get(name) ?? new Map<string, readonly string[]>();
    this.#mailboxes.set(name, messages);
    return messages;
  }
}
