import * as v from 'valibot';
import type { Browser } from '../../support/browser.ts';
import type { Site } from '../../support/site.ts';
import type { CountedSite } from './counted-site.ts';
import { add, type Counts } from './counts.ts';

/** What happens in a mailbox, and what its owner does, in some minutes of the day. */
export interface Happenings {
  /** New messages of this minute. */
  readonly arriving: (at: number) => number;
  /** Messages that get or lose a label in this minute. */
  readonly relabelled: (at: number) => number;
  /** The browser in which its owner looks at the page in this minute: at a list, and at two messages of it. */
  readonly visitedBy: (at: number) => Browser | undefined;
}

/**
 * Lets minutes pass for a mailbox that has been copied, tick by tick as far as it is due. The installation's own ticks,
 * which come whether it has mailboxes or none, are taken off.
 */
export async function passMinutes(
  counted: CountedSite,
  tick: Counts,
  from: number,
  until: number,
  { arriving, relabelled, visitedBy }: Happenings,
): Promise<Counts> {
  const { site } = counted;
  let ticks = 0;
  let due = await counted.dueAt();
  for (let at = from; at < until; at++) {
    counted.setMinute(at);
    const news = arriving(at);
    if (news > 0) await site.admin('POST', '/accounts/ada@example.com/messages', { count: news });
    if (relabelled(at) > 0) await relabel(site, relabelled(at));
    const visitor = visitedBy(at);
    if (visitor !== undefined) await visit(site, visitor);
    if (at < due) continue;
    ticks += 1;
    await counted.run('sync-dispatch', at);
    // Each job begins somewhat later after its tick than the one before: so that it never depends on this machine's
    // load whether what is remembered for five minutes is remembered still.
    counted.setMinute(at + (1 + (ticks % 40)) / 60);
    await counted.work();
    // What was told settles in the feed for some seconds before the bus is told.
    counted.setMinute(at + 0.9);
    await counted.run('changes-publish', at);
    due = await counted.dueAt();
    if (due <= at) throw new Error(`The mailbox is due at minute ${due}, and it is minute ${at}.`);
  }
  return add(await counted.take(), tick, -ticks);
}

/** Stars the newest messages, and marks them as read. */
async function relabel(site: Site, count: number): Promise<void> {
  const newest = await site.truth('ada@example.com');
  for (const { id } of newest.slice(0, count)) {
    const labels = { add: ['STARRED'], remove: ['UNREAD'] };
    await site.admin('POST', `/accounts/ada@example.com/messages/${id}/labels`, labels);
  }
}

async function visit(site: Site, browser: Browser): Promise<void> {
  const ask = async (path: string) => {
    const answer = await browser.fetch(`${site.origin}${path}`);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}.`);
    return answer.text;
  };
  for (const path of ['/', '/page.js', '/page.css', '/mailbox', '/mailbox/labels']) await ask(path);
  const list = v.parse(listSchema, JSON.parse(await ask('/messages?maxResults=50&view=summary')));
  for (const { id } of list.messages.slice(0, 2)) await ask(`/messages/${id}`);
}

const listSchema = v.object({ messages: v.array(v.object({ id: v.string() })) });

/** One tick of an installation without mailboxes. */
export async function countTick(counted: CountedSite, at: number): Promise<Counts> {
  counted.setMinute(at);
  await counted.run('sync-dispatch', at);
  await counted.run('changes-publish', at);
  return counted.take();
}

/** The first copy, from the consent on, ticks included. */
export async function copyAll(
  counted: CountedSite,
  tick: Counts,
  from: number,
): Promise<{ counts: Counts; end: number }> {
  let at = from;
  await counted.work();
  for (; !(await counted.isCopied()); at++) {
    counted.setMinute(at);
    await counted.run('sync-dispatch', at);
    await counted.work();
    counted.setMinute(at + 0.9);
    await counted.run('changes-publish', at);
  }
  return { counts: add(await counted.take(), tick, from - at), end: at };
}
