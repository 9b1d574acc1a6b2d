import * as v from 'valibot';
import { expect } from 'vitest';
import type { Browser } from './browser.ts';
import { drainQueue } from './drain-queue.ts';
import type { NewPerson } from './people.ts';
import type { Site } from './site.ts';

const labelled = v.object({ id: v.string(), labelIds: v.array(v.string()) });

const page = v.object({
  changes: v.array(
    v.object({
      type: v.string(),
      sequence: v.string(),
      messages: v.optional(v.array(labelled), []),
      messageIds: v.optional(v.array(v.string()), []),
    }),
  ),
  cursor: v.string(),
  more: v.boolean(),
});

type Message = v.InferOutput<typeof labelled>;

const sorted = (messages: Iterable<Message>) =>
  [...messages].map(({ id, labelIds }) => `${id} ${labelIds.toSorted().join(' ')}`).sort();

/** Messages with their labels as the local Google has them, Spam and Trash too. */
export async function mailboxOf(site: Site, email: string): Promise<string[]> {
  const answer = await site.admin('GET', `/accounts/${email}/messages?includeSpamTrash=true`);
  return sorted(v.parse(v.object({ messages: v.array(labelled) }), answer).messages);
}

/** The same as the copy has them. */
export async function copyOf(site: Site): Promise<string[]> {
  const row = v.object({ messageId: v.string(), labelIds: v.array(v.string()) });
  const rows = v.parse(v.array(row), await site.messages());
  return sorted(rows.map(({ messageId, labelIds }) => ({ id: messageId, labelIds })));
}

/**
 * What whoever follows the feed of the mailbox has heard, from the oldest change on, and which messages there must be.
 */
export async function heardBy(site: Site, browser: Browser) {
  const messages = new Map<string, Message>();
  const heard: v.InferOutput<typeof page>['changes'] = [];
  for (let more = true, after = ''; more; ) {
    const { status, text } = await browser.fetch(`${site.origin}/mailbox/changes${after}`);
    expect(status).toBe(200);
    const answer = v.parse(page, JSON.parse(text));
    for (const change of answer.changes) {
      heard.push(change);
      for (const message of change.messages) messages.set(message.id, message);
      for (const id of change.messageIds) messages.delete(id);
    }
    after = `?after=${answer.cursor}`;
    more = answer.more;
  }
  return { types: heard.map(({ type }) => type), messages: sorted(messages.values()) };
}

/** Mailbox, copy and feed agree; the mailbox waits for its next time, and no job holds it. */
export async function expectInStep(site: Site, { email, browser }: NewPerson): Promise<void> {
  const truth = await mailboxOf(site, email);
  expect(await copyOf(site)).toEqual(truth);
  expect((await heardBy(site, browser)).messages).toEqual(truth);
  const [state] = await site.items('mailboxes');
  expect(state).toMatchObject({ phase: 'live', failed: 0 });
  for (const mark of ['claim', 'toldSince', 'lastError']) expect(state).not.toHaveProperty(mark);
}

const minute = 60_000;

/** A schedule that a test keeps, from the present on. */
export class Minutes {
  #passed = 0;
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
    site.setClockOffset(0);
  }

  /** The next tick's time, after so many minutes; the functions' clock stands there too. */
  pass(minutes = 1): number {
    this.#passed += minutes;
    this.#site.setClockOffset(this.#passed * minute);
    return Date.now() + this.#passed * minute;
  }

  /** Lets the next tick run, and the jobs that it admits. */
  async tick(minutes = 1): Promise<void> {
    await this.#site.tick(this.pass(minutes));
    await drainQueue(this.#site);
  }
}
