import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { LocalEnvironmentOptions } from '../../infra/local/settings.ts';
import type { Browser } from '../support/browser.ts';
import { backendOf } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const mail = `/accounts/${ada}/messages`;

interface Listed {
  readonly id: string;
  readonly summary: { readonly subject: string; readonly labelIds: readonly string[] } | null;
}

let site: Site;
let browser: Browser;

async function open(options: Partial<LocalEnvironmentOptions>): Promise<void> {
  site = await startSite(options);
  onTestFinished(() => site.close());
  browser = await site.connected();
}

/** A page of the live list, and what it cost in quota units. */
async function list(query = ''): Promise<{ messages: Listed[]; units: number }> {
  await site.admin('DELETE', '/usage');
  const { status, text } = await browser.fetch(`${site.origin}/messages?view=summary&${query}`);
  expect(status).toBe(200);
  const { units } = (await site.admin('GET', '/usage')) as { units: number };
  return { messages: JSON.parse(text).messages, units };
}

/** Every message as the mailbox really holds it. */
async function truth(): Promise<{ id: string; subject: string; labelIds: string[] }[]> {
  const { messages } = (await site.admin('GET', `${mail}?includeSpamTrash=false`)) as {
    messages: { id: string; subject: string; labelIds: string[] }[];
  };
  return messages;
}

const told = (messages: readonly Listed[]) => messages.map(({ summary }) => summary !== null);

let minutes = 0;

/** Lets the schedule come round once more, long enough after the last time. */
async function sync(): Promise<void> {
  minutes += 10;
  site.setClockOffset(minutes * 60_000);
  await site.tick();
  await drainQueue(site);
  site.setClockOffset(0);
}

beforeEach(() => {
  minutes = 0;
});

describe('a list with summaries, of a mailbox that is copied', () => {
  beforeEach(() => open({ demoMessages: 30 }));

  it('has ten of them while the copy is empty, for 5 + 200 units, and the rest as the copy gets them', async () => {
    const before = await list();
    const count = (await truth()).length;
    expect(count).toBeGreaterThan(10);
    expect(told(before.messages)).toEqual(before.messages.map((_, index) => index < 10));
    expect([before.messages.length, before.units]).toEqual([count, 205]);

    await sync();
    const { messages, units } = await list();
    expect(units).toBe(5);
    expect(messages.map(({ id, summary }) => ({ id, ...summary }))).toMatchObject(
      (await truth()).map(({ id, subject, labelIds }) => ({ id, subject, labelIds })),
    );
  });

  it('joins what is copied with what has just arrived', async () => {
    await sync();
    for (const subject of ['One', 'Two']) await site.admin('POST', mail, { subject });
    const { messages, units } = await list('maxResults=5');
    expect(units).toBe(5 + 2 * 20);
    expect(messages.map(({ summary }) => summary?.subject)).toEqual(
      (await truth()).slice(0, 5).map(({ subject }) => subject),
    );
  });

  it('has the labels of now', async () => {
    await sync();
    const [first] = await truth();
    await site.admin('POST', `${mail}/${first?.id}/labels`, { add: ['STARRED'] });
    await sync();
    const { messages, units } = await list('maxResults=1');
    expect(units).toBe(5);
    expect(messages[0]?.summary?.labelIds).toContain('STARRED');
  });

  it('has nothing of an earlier connection’s copy, though it may not be erased yet', async () => {
    await sync();
    await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    browser = await site.connected();
    expect(await site.messages()).not.toEqual([]);
    const { messages, units } = await list();
    expect(units).toBe(205);
    expect(told(messages).filter(Boolean)).toHaveLength(10);
  });

  it('comes to backends too', async () => {
    await sync();
    const ask = backendOf(site);
    const [grant] = await site.items('grants');
    const path = `/accounts/${String(grant?.['accountId'])}/messages`;
    const { status, body } = await ask('GET', path, { query: { view: 'summary', maxResults: '3' } });
    expect(status).toBe(200);
    expect(body['messages']).toMatchObject(
      (await truth()).slice(0, 3).map(({ id, subject }) => ({ id, summary: { subject } })),
    );
  });
});

describe('a list with summaries, of a mailbox that is not copied', () => {
  beforeEach(() => open({ demoMessages: 60, copy: 'off' }));

  it('has all of them, straight from Gmail, and none of a copy that is no longer kept in step', async () => {
    const all = await truth();
    const [grant] = await site.items('grants');
    await site.put('messages', {
      mailbox: `${String(grant?.['accountId'])}#${String(grant?.['generation'])}`,
      messageId: all[0]?.id,
      ...{ from: 'Ann', subject: 'From before', internalDate: 1, labelIds: ['UNREAD'], snippet: '' },
    });
    const { messages, units } = await list();
    expect(all.length).toBeGreaterThan(25);
    expect(units).toBe(5 + all.length * 20);
    expect(messages.map(({ summary }) => summary?.subject)).toEqual(all.map(({ subject }) => subject));
  });

  it('has as many as the quota allows, and is asked for no more', async () => {
    await site.admin('PUT', '/quota', { unitsPerUserMinute: 5 + 7 * 20, window: 'sliding' });
    const { messages } = await list();
    expect(told(messages)).toEqual(messages.map((_, index) => index < 7));
    expect(await site.admin('GET', '/usage')).toMatchObject({ refusals: { userRateLimitExceeded: 25 - 7 } });
  });
});
