import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TableName } from '../../infra/tables.ts';
import { invite } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { everything, operate } from '../support/operator.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const minute = 60_000;

let site: Site;
let people: readonly string[];

beforeAll(async () => {
  site = await startSite({ demoMessages: 4 });
  people = site.google.accounts.slice(0, 3);
});
afterAll(() => site.close());
beforeEach(async () => {
  await drainQueue(site);
  await site.forget();
});
afterEach(async () => {
  site.setClockOffset(0);
  await site.admin('DELETE', '/faults');
});

const ops = (args: readonly string[], typed?: string) => operate(site, args, typed);

const left = async () => (await site.items('grants')).map(({ email }) => email).toSorted();

describe('revoke-all', () => {
  /** The first two are a tenant’s, the third is nobody’s. */
  beforeEach(async () => {
    for (const account of people.slice(0, 2)) {
      await site.connected({ account, start: await invite(site, 'tenant-7') });
    }
    await site.connected({ account: people[2] ?? '' });
  });

  it('ends every grant of an owner, once the name of the stage is typed', async () => {
    const before = await everything(site);
    const args = ['revoke-all', '--owner', 'tenant-7'];
    expect(await ops([...args, '--dry-run'])).toMatchObject({ code: 0, told: { grants: 2, dryRun: true } });
    for (const typed of ['', 'prod\n']) {
      const refused = await ops(args, typed);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('2 grants of owner tenant-7 in stage local will be revoked');
      expect(refused.stderr).toContain('not confirmed, so nothing was done');
    }
    expect(await everything(site)).toBe(before);
    expect(await ops(args, 'local\n')).toMatchObject({ code: 0, told: { grants: 2, revoked: 2, left: [] } });
    expect(await left()).toEqual([people[2]]);
  });

  it('ends every grant of the stage, in scripts with --yes', async () => {
    expect(await ops(['revoke-all', '--everyone', '--yes'])).toMatchObject({ code: 0, told: { revoked: 3 } });
    const sessions = (await site.items('logins')).filter(({ id }) => String(id).startsWith('session#'));
    expect([await left(), sessions]).toEqual([[], []]);
  });

  it('keeps for the sweep what Google could not be told of; it opens nothing', async () => {
    await site.fault('revoke', { status: 503 }, 0);
    const { code, told } = await ops(['revoke-all', '--everyone', '--yes']);
    expect({ code, revoked: told['revoked'] }).toEqual({ code: 1, revoked: 0 });
    expect(told['left']).toHaveLength(3);
    expect((await site.items('grants')).map(({ status }) => status)).toEqual(Array(3).fill('disconnecting'));
    await site.admin('DELETE', '/faults');
    site.setClockOffset(16 * minute);
    await site.invoke('sync-sweep', { scheduledTime: new Date().toISOString() });
    expect(await left()).toEqual([]);
  });

  it('goes on when one of them fails, names it, and ends it when it is done again', async () => {
    const failure = { error: 'InternalError', entries: [0] };
    site.aws.failNext({ service: 'sqs', action: 'SendMessageBatch', failure, times: 1 });
    const { code, told } = await ops(['revoke-all', '--everyone', '--yes']);
    expect({ code, told }).toMatchObject({ code: 1, told: { grants: 3, revoked: 2 } });
    const [one] = await site.items('grants');
    expect(told['left']).toMatchObject([{ accountId: one?.['accountId'] }]);
    const again = await ops(['revoke-all', '--everyone', '--yes']);
    expect(again).toMatchObject({ code: 0, told: { grants: 1, revoked: 1 } });
    expect(await left()).toEqual([]);
  });

  it('of an owner that has nothing does nothing', async () => {
    expect(await ops(['revoke-all', '--owner', 'nobody'])).toMatchObject({ code: 0, told: { grants: 0 } });
    expect(await left()).toHaveLength(3);
  });
});

describe('erase-restored', () => {
  const restorable: readonly TableName[] = ['logins', 'grants', 'mailboxes', 'messages'];

  async function backUp() {
    return Promise.all(restorable.map(async (table) => ({ table, items: await site.items(table) })));
  }

  /** Puts the tables back as they were, and nothing that came since. */
  async function restore(backup: Awaited<ReturnType<typeof backUp>>): Promise<void> {
    for (const { table, items } of backup) {
      await site.forget(table);
      for (const item of items) await site.put(table, item);
    }
  }

  /** What stands in the tables that were restored, by number. */
  const standing = async () =>
    Object.fromEntries(
      await Promise.all(restorable.map(async (table) => [table, (await site.items(table)).length])),
    );

  let ticks = 0;
  async function sync(): Promise<void> {
    ticks += 10;
    site.setClockOffset(ticks * minute);
    await site.tick();
    await drainQueue(site);
    site.setClockOffset(0);
  }

  it('erases what was disconnected after the backup, and leaves everything else', async () => {
    const [gone = '', stays = ''] = people;
    const leaving = await site.connected({ account: gone });
    await site.connected({ account: stays });
    await sync();
    const backup = await backUp();
    await leaving.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    await drainQueue(site);
    const after = await standing();
    await restore(backup);
    expect(await left()).toHaveLength(2);

    const before = await everything(site);
    const found = { remembered: 1, grants: 1, sessions: 1, copies: 1 };
    expect(await ops(['erase-restored', '--dry-run'])).toMatchObject({ code: 0, told: found });
    expect(await everything(site)).toBe(before);
    expect(await ops(['erase-restored'])).toMatchObject({ code: 0, told: { ...found, failed: [] } });
    await drainQueue(site);
    expect(await left()).toEqual([stays]);
    expect(await standing()).toEqual(after);
    expect(await ops(['erase-restored'])).toMatchObject({
      told: { remembered: 1, grants: 0, sessions: 0, copies: 0 },
    });
  });

  it('keeps what Google could not be told of, opening nothing, and tells of it', async () => {
    const browser = await site.connected();
    const backup = await backUp();
    await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    await drainQueue(site);
    await restore(backup);
    await site.fault('revoke', { status: 503 }, 0);
    const failed = [{ reason: expect.stringContaining('Google is unreachable') }];
    expect(await ops(['erase-restored'])).toMatchObject({ code: 1, told: { grants: 0, failed } });
    expect(await site.items('grants')).toMatchObject([{ status: 'disconnecting' }]);
    expect((await site.items('logins')).filter(({ id }) => String(id).startsWith('session#'))).toEqual([]);
    await site.admin('DELETE', '/faults');
    expect(await ops(['erase-restored'])).toMatchObject({ code: 0, told: { grants: 1, failed: [] } });
    expect(await left()).toEqual([]);
  });

  it('finds what stands alone: copied messages, failed ones, a sync state', async () => {
    const browser = await site.connected();
    const [grant] = await site.items('grants');
    await sync();
    const [state] = await site.items('mailboxes');
    await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    await drainQueue(site);
    const mailbox = `${grant?.['accountId']}#${grant?.['generation']}`;
    const leftovers: [TableName, Record<string, unknown>][] = [
      ['messages', { mailbox, messageId: 'm1' }],
      ['messages', { mailbox: `${mailbox}#failed`, messageId: 'm1' }],
      ['mailboxes', state ?? {}],
    ];
    for (const [table, item] of leftovers) {
      await site.put(table, item);
      expect(await ops(['erase-restored'])).toMatchObject({ code: 0, told: { copies: 1, failed: [] } });
      await drainQueue(site);
      expect(await site.items(table)).toEqual([]);
    }
  });

  it('leaves who has connected anew since, where only other tables were restored', async () => {
    const browser = await site.connected();
    await sync();
    const backup = await backUp();
    await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    await drainQueue(site);
    const anew = await site.connected();
    await sync();
    const rows = await site.messages();
    // Sessions and copy come back beside those of the new generation.
    for (const { table, items } of backup.filter(({ table }) => table === 'logins' || table === 'messages')) {
      for (const item of items) await site.put(table, item);
    }
    expect(await ops(['erase-restored'])).toMatchObject({
      code: 0,
      told: { remembered: 1, grants: 0, sessions: 1, copies: 1 },
    });
    await drainQueue(site);
    expect((await anew.fetch(`${site.origin}/mailbox`)).status).toBe(200);
    expect(await site.items('mailboxes')).toHaveLength(1);
    expect((await site.messages()).length).toBe(rows.length);
  });

  it('remembers no more than whose it was, for 40 days', async () => {
    const browser = await site.connected();
    await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    await drainQueue(site);
    const [erasure, ...others] = (await site.items('changes')).filter(({ feed }) =>
      String(feed).startsWith('erased#'),
    );
    expect(others).toEqual([]);
    expect(Object.keys(erasure ?? {}).toSorted()).toEqual(
      ['accountId', 'at', 'expiresAt', 'feed', 'generation', 'position', 'schemaVersion'].toSorted(),
    );
    expect(Number(erasure?.['expiresAt']) - Number(erasure?.['at']) / 1000).toBeCloseTo(40 * 86_400, -1);
    expect(JSON.stringify(erasure)).not.toContain(ada);
  });
});
