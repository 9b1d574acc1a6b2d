import { type DatedPage, type KnownMessage, padHistoryId } from '../../copied-message.ts';
import { PageTokens, pageTokenRefused } from '../../page-tokens.ts';
import { checkEmptyList } from '../job/empty-list.ts';
import type { Job } from '../job/job.ts';
import type { WantedMessage } from '../job/plan-fetch.ts';
import { charged } from '../job/unit-budget.ts';
import type { VerifyWalk } from '../mailbox/mailbox-state.ts';
import { isMember, repairDifferences } from './repair-differences.ts';
import { addUnlistedLabels, currentVerify, updateVerify } from './verify-progress.ts';

/** The most copied rows that are read at a time. */
const rowsOfPage = 1_000;

/**
 * Compares which messages have a label at Gmail and in the copy, and repairs the copy. It reads Gmail's list and the
 * copy side by side, both newest first. So a message is soon found on both sides, and only those found on one side are
 * held in memory. A list that does not fit one job continues in the next.
 *
 * The result does not depend on the list's order: a listed message that the copy does not show is looked up by its ID,
 * and a message that the list does not show is fetched before the copy is repaired. A list in another order only means
 * more of both, and is given up.
 *
 * @param labelId undefined: all messages
 * @param labels the labels that Gmail has
 * @param most how many copied messages may wait to be listed
 * @returns `restarted` if the history had expired: then another comparison has begun; `unordered` if too many wait
 * @throws Problem `google_error` if Gmail repeats or refuses a page token; the next job starts this list again
 */
export async function compareByDate(
  labelId: string | undefined,
  labels: readonly string[],
  most: number,
  job: Job,
): Promise<'compared' | 'restarted' | 'unordered'> {
  const walk = new Walk(labelId, new Set(labels), most, job);
  // Writes during the comparison need not contain the lists.
  updateVerify({ walk: undefined }, job);
  try {
    return await walk.run();
  } catch (error) {
    updateVerify({ walk: walk.left() }, job);
    throw error;
  }
}

class Walk {
  readonly #labelId: string | undefined;
  readonly #labels: ReadonlySet<string>;
  readonly #most: number;
  readonly #job: Job;
  readonly #tokens: PageTokens;
  #rows: AsyncIterator<DatedPage> | undefined;
  #pageToken: string | undefined;
  #isListed: boolean;
  #from: string | undefined;
  #isRead: boolean;
  readonly #unread: Map<string, WantedMessage>;
  readonly #unlisted: Map<string, string>;
  #pageSize = 0;
  #isVoid = false;

  constructor(labelId: string | undefined, labels: ReadonlySet<string>, most: number, job: Job) {
    const walk = currentVerify(job).walk;
    this.#labelId = labelId;
    this.#labels = labels;
    this.#most = most;
    this.#job = job;
    this.#pageToken = walk?.pageToken;
    this.#tokens = new PageTokens(walk?.pageToken);
    this.#isListed = walk?.isListed ?? false;
    this.#from = walk?.from;
    this.#isRead = walk?.isRead ?? false;
    // The thread is not stored: the message is fetched alone.
    this.#unread = new Map(wordsOf(walk?.unread).map((id) => [id, { id, threadId: id }]));
    this.#unlisted = new Map(wordsOf(walk?.unlisted).map(readUnlisted));
  }

  async run(): Promise<'compared' | 'restarted' | 'unordered'> {
    while (!this.#isListed || !this.#isRead) {
      if (this.#unlisted.size > this.#most) return 'unordered';
      const isListAhead = this.#isListed || this.#unread.size > this.#unlisted.size;
      if (!this.#isRead && isListAhead) await this.#read();
      else {
        await this.#list();
        if (this.#unread.size > 2 * this.#pageSize && (await this.#lookUp(this.#pageSize)) === 'restarted') {
          return 'restarted';
        }
      }
    }
    if ((await this.#lookUp(0)) === 'restarted') return 'restarted';
    return this.#repairUnlisted();
  }

  left(): VerifyWalk | undefined {
    if (this.#isVoid) return undefined;
    return {
      pageToken: this.#pageToken,
      isListed: this.#isListed,
      from: this.#from,
      isRead: this.#isRead,
      unread: [...this.#unread.keys()].join(' '),
      unlisted: [...this.#unlisted].map(writeUnlisted).join(' '),
    };
  }

  async #list(): Promise<void> {
    const job = this.#job;
    const query = { labelId: this.#labelId, pageToken: this.#pageToken };
    const page = await charged(job, job.prices.listMessages, () => job.gmail.listMessages(query));
    // The next job starts this list again.
    if (page === 'refused' || this.#tokens.has(page.nextPageToken)) this.#isVoid = true;
    if (page === 'refused') throw pageTokenRefused();
    if (this.#labelId === undefined) await checkEmptyList(page, this.#pageToken, job);
    const next = this.#tokens.follow(page.nextPageToken);
    for (const message of page.messages) {
      if (!this.#unlisted.delete(message.id)) this.#unread.set(message.id, message);
    }
    this.#pageSize = page.messages.length;
    this.#pageToken = next;
    this.#isListed = next === undefined;
  }

  async #read(): Promise<void> {
    const job = this.#job;
    job.budget.checkTime();
    const most = Math.min(rowsOfPage, this.#most);
    const query = { labelId: this.#labelId, from: this.#from, most };
    this.#rows ??= job.copy.scanByDate(job.state, query)[Symbol.asyncIterator]();
    const { done, value: page } = await this.#rows.next();
    if (!done) for (const row of page.messages) this.#see(row);
    this.#from = done ? undefined : page.next;
    this.#isRead = this.#from === undefined;
  }

  #see({ id, historyId, labelIds }: KnownMessage): void {
    if (!this.#unread.delete(id)) this.#unlisted.set(id, historyId);
    // Gmail may have deleted the label, and then lists no message for it.
    const strange = this.#labelId === undefined ? labelIds.filter((label) => !this.#labels.has(label)) : [];
    if (strange.length > 0) addUnlistedLabels(strange, this.#job);
  }

  /**
   * Looks up listed messages that the copy did not show, and repairs those that it lacks.
   *
   * @param spared how many of the messages listed last are left waiting
   */
  async #lookUp(spared: number): Promise<'compared' | 'restarted'> {
    const waiting = [...this.#unread.values()];
    const chosen = waiting.slice(0, waiting.length - spared);
    if (chosen.length === 0) return 'compared';
    const ids = chosen.map(({ id }) => id);
    const rows = new Map(await this.#job.copy.findKnown(this.#job.state, ids));
    const comparison = {
      labelId: this.#labelId,
      listed: new Map(chosen.map((message) => [message.id, message])),
      rows,
    };
    try {
      return await repairDifferences(comparison, this.#job);
    } finally {
      for (const id of ids) {
        if (isMember(rows.get(id), comparison) || !comparison.listed.has(id)) this.#unread.delete(id);
      }
    }
  }

  /** Repairs messages that are in the copy and not in the whole list. */
  async #repairUnlisted(): Promise<'compared' | 'restarted'> {
    const ids = [...this.#unlisted.keys()];
    if (ids.length === 0) return 'compared';
    const known = await this.#job.copy.findKnown(this.#job.state, ids);
    // Rows as they were when read: an older list does not count for a row that has changed since.
    const rows = new Map(
      known
        .values()
        .map((row) => [row.id, { ...row, historyId: this.#unlisted.get(row.id) ?? row.historyId }] as const),
    );
    const comparison = { labelId: this.#labelId, listed: new Map<string, WantedMessage>(), rows };
    try {
      return await repairDifferences(comparison, this.#job);
    } finally {
      for (const id of ids) {
        if (comparison.listed.has(id) || !isMember(rows.get(id), comparison)) this.#unlisted.delete(id);
      }
    }
  }
}

function wordsOf(text = ''): string[] {
  return text === '' ? [] : text.split(' ');
}

function writeUnlisted([id, historyId]: readonly [string, string]): string {
  return `${id}:${historyId.replace(/^0+/, '')}`;
}

function readUnlisted(text: string): [string, string] {
  const [id = '', historyId = ''] = text.split(':');
  return [id, padHistoryId(historyId)];
}
