import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { bury, everything, operate } from '../support/operator.ts';
import { runTool } from '../support/run-tool.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const minute = 60_000;

let site: Site;
let browser: Browser;

beforeAll(async () => {
  site = await startSite({ demoMessages: 5 });
});
afterAll(() => site.close());
beforeEach(async () => {
  await site.forget();
  browser = await site.connected();
});
afterEach(async () => {
  site.setClockOffset(0);
  await site.admin('DELETE', '/faults');
});

const ops = (...args: string[]) => operate(site, args);

let ticks = 0;

/** Lets a minute's tick run, later than any before; the jobs that it admits wait. */
async function tick(): Promise<void> {
  ticks += 10;
  site.setClockOffset(ticks * minute);
  await site.tick();
}

async function sync(): Promise<void> {
  await tick();
  await drainQueue(site);
}

const copied = async () => (await site.messages()).length;
const state = async () => (await site.items('mailboxes'))[0];
const accountId = async () => String((await site.items('grants'))[0]?.['accountId']);
const isSignedIn = async () => (await browser.fetch(`${site.origin}/mailbox`)).status === 200;

/** Runs it dry first: that must say what it would do, and change nothing. */
async function dryThenReal(...args: string[]) {
  const before = await everything(site);
  const dry = await ops(...args, '--dry-run');
  expect(dry.code).toBe(0);
  expect(dry.told).toMatchObject({ command: args[0], installation: 'local', dryRun: true, ok: true });
  expect(dry.stderr).toBe('');
  expect(await everything(site)).toBe(before);
  const real = await ops(...args);
  return { dry: dry.told, real };
}

describe('find', () => {
  it('tells the account of an address, its sessions and its sync, and none of its secrets', async () => {
    await sync();
    const before = await everything(site);
    const { code, told, stderr } = await ops('find', 'ADA@example.com');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(told['accounts']).toMatchObject([
      { id: await accountId(), email: ada, status: 'active', sessions: 1, sync: { phase: 'live' } },
    ]);
    expect(JSON.stringify(told)).not.toMatch(/token/i);
    expect(await everything(site)).toBe(before);
  });

  it.each(['', ' ', 'ada', '12/..'])(
    'finds nobody by "%s", which is no number and no address',
    async (argument) => {
      expect(await ops('find', argument)).toMatchObject({
        code: 1,
        told: { ok: false, accounts: [] },
        stderr: '',
      });
    },
  );

  it('tells it by its number too, to people in lines', async () => {
    const { stdout } = await runTool('ops', ['find', await accountId(), '--local', '--dry-run'], {
      DATA_DIR: site.dataFolder,
    });
    expect(stdout).toMatch(/^\d+ \(ada@example\.com\)\n {2}owner: +nobody\n/);
  });
});

it('end-sessions signs an account out everywhere, and leaves its grant', async () => {
  const other = await site.connected();
  const { dry, real } = await dryThenReal('end-sessions', ada);
  expect([dry['sessions'], real.told['sessions']]).toEqual([2, 2]);
  expect(await isSignedIn()).toBe(false);
  expect((await other.fetch(`${site.origin}/mailbox`)).status).toBe(401);
  expect(await site.items('grants')).toMatchObject([{ status: 'active' }]);
  expect(JSON.parse(real.stderr)).toMatchObject({
    event: 'operator command',
    command: 'end-sessions',
    installation: 'local',
    ended: 'well',
    accountId: await accountId(),
  });
});

describe('pause', () => {
  it('stops the sync until resume, whoever asks for it meanwhile', async () => {
    const { real } = await dryThenReal('pause', ada);
    expect(real.told).toMatchObject({ ok: true, changed: true });
    const asked = await browser.fetch(`${site.origin}/mailbox/sync`, { method: 'POST' });
    expect([asked.status, JSON.parse(asked.text)]).toMatchObject([409, { code: 'paused_by_operator' }]);
    expect(JSON.parse(asked.text)).not.toHaveProperty('authorizationUrl');
    await site.consent(browser);
    await site.invoke('sync-sweep', { scheduledTime: new Date().toISOString() });
    await sync();
    expect(await copied()).toBe(0);
    const { text } = await browser.fetch(`${site.origin}/mailbox`);
    expect(JSON.parse(text).sync).toMatchObject({ phase: 'paused', pausedBecause: 'paused_by_operator' });

    const resumed = await dryThenReal('resume', ada);
    expect(resumed.real.told).toMatchObject({ ok: true, changed: true });
    await sync();
    expect(await copied()).toBe(5);
  });

  it('takes the claim from a job that is under way', async () => {
    await tick();
    expect(await state()).toHaveProperty('claim');
    await ops('pause', ada);
    await drainQueue(site);
    expect(await copied()).toBe(0);
    expect(await state()).toMatchObject({ phase: 'paused' });
    const resumedAt = Date.now();
    await ops('resume', ada);
    // Of what that job had spent, nobody was told: it would have ended within a minute, and another one passes.
    expect((await state())?.['nextDueAt']).toBeGreaterThanOrEqual(resumedAt + 2 * minute);
    await sync();
    expect(await copied()).toBe(5);
  });

  it('is the one pause after which a mailbox rests: any other took it from no job', async () => {
    await site.admin('POST', `/accounts/${ada}/revoke`);
    await sync();
    expect(await state()).toMatchObject({ phase: 'paused', pausedBecause: 'grant_revoked' });
    const resumedAt = Date.now();
    await ops('resume', ada);
    expect((await state())?.['nextDueAt']).toBeLessThan(resumedAt + 2 * minute);
  });

  it('done twice says so, as resume does', async () => {
    await ops('pause', ada);
    expect(await ops('pause', ada)).toMatchObject({ code: 0, told: { changed: false } });
    await ops('resume', ada);
    expect(await ops('resume', ada)).toMatchObject({ code: 0, told: { changed: false } });
  });

  it('of an account that is not synced is refused', async () => {
    await site.forget('mailboxes');
    expect(await ops('pause', ada)).toMatchObject({ code: 1, told: { ok: false, changed: false } });
  });
});

describe('disconnect', () => {
  it('revokes at Google and erases the grant, its sessions and its copy', async () => {
    await sync();
    const { real } = await dryThenReal('disconnect', ada);
    expect(real).toMatchObject({ code: 0, told: { revokedAtGoogle: true, erased: true } });
    expect(await isSignedIn()).toBe(false);
    await drainQueue(site);
    expect([await site.items('grants'), await site.items('mailboxes'), await copied()]).toEqual([[], [], 0]);
    expect(await ops('disconnect', ada)).toMatchObject({ code: 1, told: { ok: false } });
  });

  it('erases all the same when Google cannot be told, and ends with a fault', async () => {
    await site.fault('revoke', { status: 503 }, 0);
    const { code, told, stderr } = await ops('disconnect', ada);
    expect({ code, told }).toMatchObject({
      code: 1,
      told: { ok: false, revokedAtGoogle: false, erased: true },
    });
    expect(stderr).toContain('"ended":"with faults"');
    expect(await site.items('grants')).toEqual([]);
  });
});

it('disconnect without the right to decrypt leaves the grant to the nightly sweep, which revokes it', async () => {
  const failure = { error: 'AccessDeniedException' };
  site.aws.failNext({ service: 'kms', action: 'Decrypt', failure, times: 1 });
  const { code, told } = await ops('disconnect', ada);
  expect({ code, told }).toMatchObject({ code: 1, told: { ok: false } });
  expect(told['error']).toMatch(/^these AWS credentials must not decrypt tokens: .*breakGlassRoleArn/);
  expect(await site.items('grants')).toMatchObject([{ status: 'disconnecting' }]);
  site.setClockOffset(16 * minute);
  await site.invoke('sync-sweep', { scheduledTime: new Date().toISOString() });
  expect(await site.items('grants')).toEqual([]);
});

it('disconnect that breaks off half-way is written down, with whose it was', async () => {
  const id = await accountId();
  const failure = { error: 'InternalError', entries: [0] };
  site.aws.failNext({ service: 'sqs', action: 'SendMessageBatch', failure, times: 1 });
  const { code, stderr } = await ops('disconnect', ada);
  expect(code).toBe(1);
  const records = stderr.split('\n').filter((line) => line.includes('operator command'));
  expect(records.map((line) => JSON.parse(line))).toMatchObject([
    { command: 'disconnect', installation: 'local', ended: 'broken off', accountId: id },
  ]);
  // Once more ends it.
  expect(await ops('disconnect', ada)).toMatchObject({ code: 0, told: { erased: true } });
});

describe('redrive', () => {
  const letters = (count: number) =>
    Array.from({ length: count }, (_, index) =>
      JSON.stringify({
        kind: 'sync',
        accountId: `${index}`,
        generation: 'ended',
        jobId: `${Date.now()}-${index}`,
      }),
    );

  it('hands over all of them, however many', async () => {
    for (const some of [letters(9), letters(9), letters(9)]) await bury(site, some);
    expect(await ops('redrive')).toMatchObject({ code: 0, told: { redriven: 27, left: 0 } });
    expect(await ops('redrive')).toMatchObject({ code: 0, told: { redriven: 0, left: 0 } });
    await drainQueue(site);
  });

  it('hands dead letters to the workers, and leaves what is none of theirs', async () => {
    const [grant] = await site.items('grants');
    const mailbox = { accountId: grant?.['accountId'], generation: 'ended' };
    await site.put('messages', { mailbox: `${mailbox.accountId}#ended`, messageId: 'm1' });
    await bury(site, [JSON.stringify({ kind: 'erase', ...mailbox, jobId: 'job-1' }), 'something else']);
    const { dry, real } = await dryThenReal('redrive');
    expect(dry['deadLetters']).toBe(2);
    expect(real).toMatchObject({ code: 1, told: { redriven: 1, left: 1 } });
    await drainQueue(site);
    expect(await copied()).toBe(0);
    expect((await ops('redrive', '--dry-run')).told).toMatchObject({ deadLetters: 1 });
  });

  it('has an erasure done once more that was redriven a moment ago', async () => {
    const mailbox = { accountId: await accountId(), generation: 'ended' };
    const letter = JSON.stringify({ kind: 'erase', ...mailbox, jobId: 'job-2' });
    for (const _ of ['first', 'again']) {
      await site.put('messages', { mailbox: `${mailbox.accountId}#ended`, messageId: 'm1' });
      await bury(site, [letter]);
      expect((await ops('redrive')).told).toMatchObject({ redriven: 1 });
      await drainQueue(site);
      expect(await copied()).toBe(0);
    }
  });

  it('loses none that the queue does not take, and writes down that it was broken off', async () => {
    await bury(site, letters(3));
    const dead = (await ops('redrive', '--dry-run')).told['deadLetters'];
    const failure = { error: 'InternalError', entries: [0] };
    site.aws.failNext({ service: 'sqs', action: 'SendMessageBatch', failure, times: 1 });
    const { code, told, stderr } = await ops('redrive');
    expect({ code, told }).toMatchObject({ code: 1, told: { ok: false } });
    expect(stderr).toContain('"event":"operator command","command":"redrive"');
    expect(stderr).toContain('"ended":"broken off"');
    expect((await ops('redrive', '--dry-run')).told).toMatchObject({ deadLetters: dead });
    // For two minutes nobody sees what was taken; that is told, and not taken for done.
    const again = await ops('redrive');
    expect(again).toMatchObject({ code: 1, told: { ok: false, redriven: 0 } });
    expect(again.told['held']).toBeGreaterThan(0);
  });
});

describe('what is not there', () => {
  const call = (args: string[], variables = {}) =>
    runTool('ops', args, { DATA_DIR: site.dataFolder, ...variables });

  it.each<[string[], Record<string, string>, string]>([
    [['find', 'nobody@example.com', '--local'], {}, ''],
    [['pause', 'nobody@example.com', '--local'], {}, 'no such account is connected'],
    [['disconnect', 'a b', '--local'], {}, 'no such account is connected'],
    [['find', 'x', '--local'], { DATA_DIR: '/nonexistent' }, 'nothing runs in the data folder'],
    [['find', 'x'], {}, 'AWS cannot be used'],
    [
      ['find', 'x'],
      { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:1' },
      'AWS cannot be used',
    ],
  ])('ends with 1, as in %j with %j', async (args, variables, fault) => {
    const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const { code, stderr } = await call(args, { ...keys, ...variables });
    expect(code).toBe(1);
    expect(stderr).toContain(fault);
  });

  it('is told to programs too', async () => {
    const { stdout } = await call(['pause', 'nobody@example.com', '--local', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      error: 'no such account is connected; look it up with find, by its address',
    });
  });
});
