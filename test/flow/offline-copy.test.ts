import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client, CopyQuery } from '../../lambdas/client/index.ts';
import type { Browser } from '../support/browser.ts';
import { clientOf, problemOf } from '../support/clients.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';

/** The offline copy over real HTTP: schedule, queue and worker run as on AWS, a minute lasting a second. */
describe('the offline copy', () => {
  let site: Site;
  let browser: Browser;
  let client: Client;

  beforeAll(async () => {
    site = await startSite({ demoMessages: 400, sync: true, syncIntervalSeconds: 1 });
    browser = await site.connected();
    client = clientOf(site, browser);
  });
  afterAll(() => site.close());

  const mailbox = () => client.mailbox.status();

  const list = (query: CopyQuery) => client.mailbox.messages.list(query);

  const listAll = (query: CopyQuery = { maxResults: 500 }) =>
    Array.fromAsync(client.mailbox.messages.all(query));

  async function until(condition: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 40_000;
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`It did not come true: ${JSON.stringify(await mailbox())}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  it('is filled by the schedule, and equals the mailbox', async () => {
    await until(async () => (await mailbox()).sync?.percent === 100);
    const { sync } = await mailbox();
    expect(sync).toMatchObject({ phase: 'live', failures: 0, lastSync: expect.any(String) });
    const truth = await site.truth(ada);
    const copy = await listAll();
    expect(copy.map(({ id }) => id)).toEqual(truth.map(({ id }) => id));
    expect(copy.map(({ labelIds }) => [...labelIds].sort())).toEqual(
      truth.map(({ labelIds }) => [...labelIds].sort()),
    );
  });

  it('shows what arrives, is relabelled and is deleted', async () => {
    const { ids } = (await site.admin('POST', `/accounts/${ada}/messages`, { subject: 'Just arrived' })) as {
      ids: [string];
    };
    const [id] = ids;
    await client.mailbox.sync();
    await until(async () => (await list({ maxResults: 1 })).messages[0]?.id === id);
    expect((await list({ maxResults: 1 })).messages[0]).toMatchObject({
      subject: 'Just arrived',
      labelIds: expect.arrayContaining(['INBOX', 'UNREAD']),
      internalDate: expect.stringMatching(/^\d{13}$/),
    });

    await site.admin('POST', `/accounts/${ada}/messages/${id}/labels`, {
      add: ['STARRED'],
      remove: ['UNREAD'],
    });
    await client.mailbox.sync();
    await until(async () => (await list({ labelId: 'STARRED', maxResults: 1 })).messages[0]?.id === id);
    expect((await list({ maxResults: 1 })).messages[0]?.labelIds).not.toContain('UNREAD');

    await site.admin('DELETE', `/accounts/${ada}/messages/${id}`);
    await client.mailbox.sync();
    await until(async () => (await list({ maxResults: 1 })).messages[0]?.id !== id);
  });

  it('leaves Spam and Trash out unless their label is asked for', async () => {
    const spam = await listAll({ labelId: 'SPAM', maxResults: 100 });
    expect(spam.length).toBeGreaterThan(0);
    const rest = new Set((await listAll()).map(({ id }) => id));
    expect(spam.filter(({ id }) => rest.has(id))).toEqual([]);
  });

  it('gives messages by their IDs, Spam too, and names those that it lacks', async () => {
    const [spam] = await listAll({ labelId: 'SPAM', maxResults: 1 });
    const [newest] = (await list({ maxResults: 1 })).messages;
    if (spam === undefined || newest === undefined) throw new Error('The copy is empty.');
    expect(await client.mailbox.messages.get(spam.id)).toEqual(spam);
    const found = await client.mailbox.messages.find([newest.id, 'gone', spam.id]);
    expect(found).toEqual({ messages: [newest, spam], missing: ['gone'] });
    expect(await problemOf(client.mailbox.messages.get('gone'))).toMatchObject({ code: 'not_found' });
  });

  it('is compared with the mailbox on demand, and nothing is found', async () => {
    await client.mailbox.verify();
    await until(async () => (await mailbox()).sync?.verify?.running === false);
    expect((await mailbox()).sync?.verify).toMatchObject({ missing: [], extra: [], mislabelled: [] });
  });

  it('is brought back into step after the history has expired', async () => {
    const [first, second] = await site.truth(ada);
    await site.admin('DELETE', `/accounts/${ada}/messages/${first?.id}`);
    await site.admin('POST', `/accounts/${ada}/messages/${second?.id}/labels`, {
      add: ['STARRED', 'Label_1'],
    });
    await site.admin('POST', `/accounts/${ada}/expire-history`);
    await client.mailbox.sync();
    await until(async () => {
      const [newest] = (await list({ maxResults: 1 })).messages;
      return newest?.id === second?.id && newest?.labelIds.includes('Label_1') === true;
    });
  });

  const travel = { id: 'Label_2', name: 'Travel', type: 'user' };

  it('is served while Google is down', async () => {
    await site.fault('*', { status: 503 }, 0);
    expect((await list({ maxResults: 5 })).messages).toHaveLength(5);
    expect(await problemOf(client.messages.list())).toMatchObject({
      code: 'google_unavailable',
      status: 503,
    });
    await site.admin('DELETE', '/faults');
  });

  it('is served while the grant is revoked, and goes on after a new consent', async () => {
    await site.admin('POST', `/accounts/${ada}/revoke`);
    expect(await problemOf(client.messages.list())).toMatchObject({ code: 'grant_revoked', status: 401 });
    await until(async () => (await mailbox()).sync?.phase === 'paused');
    expect((await mailbox()).sync?.pausedBecause).toBe('grant_revoked');
    expect((await list({ maxResults: 5 })).messages).toHaveLength(5);
    const { labels, source } = await client.mailbox.labels();
    expect([source, labels]).toEqual(['copy', expect.arrayContaining([travel])]);
    expect(await problemOf(client.mailbox.sync())).toMatchObject({ status: 409, code: 'sync_paused' });

    await site.admin('POST', `/accounts/${ada}/messages`, { subject: 'Meanwhile' });
    await site.consent(browser);
    client = clientOf(site, browser);
    await until(async () => (await list({ maxResults: 1 })).messages[0]?.subject === 'Meanwhile');
    expect((await mailbox()).sync?.phase).toBe('live');
  });

  it('is erased with the grant', async () => {
    await client.mailbox.disconnect();
    await until(async () => (await site.messages()).length === 0);
    // The mailbox itself goes last.
    await until(async () => (await site.items('mailboxes')).length === 0);
    expect(await site.items('grants')).toEqual([]);
  });
});

it('goes on where it stood when the site is stopped in the middle of a backfill', async () => {
  const first = await startSite({ demoMessages: 1_200, sync: true, syncIntervalSeconds: 2 });
  const browser = await first.connected();
  const copied = async (site: Site) => (await site.messages()).length;
  while ((await copied(first)) < 100) await new Promise((resolve) => setTimeout(resolve, 100));
  await first.stop();
  const second = await startSite({ dataFolder: first.dataFolder, sync: true, syncIntervalSeconds: 2 });
  const before = await copied(second);
  expect(before).toBeLessThan(1_200);
  const { messages } = (await second.admin('GET', `/accounts/${ada}/messages?includeSpamTrash=true`)) as {
    messages: unknown[];
  };
  const end = Date.now() + 60_000;
  while ((await copied(second)) < messages.length && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(await copied(second)).toBe(messages.length);
  expect(browser.history.length).toBeGreaterThan(0);
  await second.close();
  await first.close();
});
