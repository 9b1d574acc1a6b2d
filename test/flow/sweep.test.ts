import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { isGoodAtGoogle } from '../support/people.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const minute = 60_000;
const day = 24 * 60 * minute;

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
  await site.admin('PATCH', `/accounts/${ada}`, { domainPolicy: false });
});

/** Lets a day's sweep run, and whatever it asks for. */
async function sweep(): Promise<void> {
  await site.invoke('sync-sweep', { scheduledTime: new Date().toISOString() });
  await drainQueue(site);
}

let ticks = 0;

/** Lets a minute's tick run, and the jobs that it admits; each tick is later than any before. */
async function tick(offset = 0): Promise<void> {
  ticks += 10;
  site.setClockOffset(offset + ticks * minute);
  await site.tick();
  await drainQueue(site);
}

const state = async () => (await site.items('mailboxes'))[0];
const copied = async () => (await site.messages()).length;
const sessions = async () =>
  (await site.items('logins')).filter(({ id }) => String(id).startsWith('session#'));

const change = (account: object) => site.admin('PATCH', `/accounts/${ada}`, account);

describe.each([
  {
    cause: 'an administrator’s rule at Gmail',
    reason: 'domain_policy',
    begin: () => change({ domainPolicy: true }),
    end: () => change({ domainPolicy: false }),
  },
  {
    cause: 'an administrator’s rule at the token endpoint',
    reason: 'domain_policy',
    begin: async () => {
      await site.admin('POST', `/accounts/${ada}/expire-access-tokens`);
      await site.fault('token.refresh', { status: 400, body: { error: 'admin_policy_enforced' } }, 0);
    },
    end: () => site.admin('DELETE', '/faults'),
  },
  {
    cause: 'that Gmail was turned off',
    reason: 'gmail_not_enabled',
    begin: () => change({ withoutGmail: true }),
    end: () => change({ withoutGmail: false }),
  },
])('a mailbox paused because of $cause', ({ reason, begin, end }) => {
  beforeEach(async () => {
    await tick();
    await begin();
    await tick();
    expect(await state()).toMatchObject({ phase: 'paused', pausedBecause: reason });
  });
  afterEach(end);

  it('has a try at the next sweep, and pauses again with its reason while the cause lasts', async () => {
    await sweep();
    expect((await state())?.['phase']).toBe('live');
    await tick();
    expect(await state()).toMatchObject({ phase: 'paused', pausedBecause: reason });
  });

  it('goes on by itself when the cause is gone', async () => {
    await end();
    await site.admin('POST', `/accounts/${ada}/messages`, { subject: 'Meanwhile' });
    const before = await copied();
    await tick();
    expect(await copied()).toBe(before);
    await sweep();
    await tick();
    expect(await state()).toMatchObject({ phase: 'live' });
    expect(await copied()).toBe(before + 1);
  });
});

describe('a grant that Google limits in time', () => {
  afterEach(() => change({ consentSeconds: null }));

  it('shows its end, and is announced once before it', async () => {
    await site.forget();
    await change({ consentSeconds: (7 * day) / 1_000 });
    browser = await site.connected();
    const read = async (path: string) => JSON.parse((await browser.fetch(`${site.origin}${path}`)).text);
    const { connectedAt, grantExpiresAt } = await read('/mailbox');
    expect(Date.parse(grantExpiresAt) - Date.parse(connectedAt)).toBeGreaterThan(7 * day - minute);
    const announced = async () => {
      const { changes } = await read('/mailbox/changes');
      return changes.filter(({ type }: { type: string }) => type === 'grant_expiring');
    };
    await sweep();
    expect(await announced()).toEqual([]);
    site.setClockOffset(5.5 * day);
    await sweep();
    await sweep();
    expect(await announced()).toMatchObject([{ grantExpiresAt }]);
  });
});

describe('a disconnect that was cut off', () => {
  let refreshToken: string;

  beforeEach(async () => {
    await tick();
    site.setClockOffset(0);
    expect(await copied()).toBeGreaterThan(0);
    refreshToken = latestRefreshToken();
    expect(await isGoodAtGoogle(site, site, refreshToken)).toBe(true);
  });

  /** Where a call of AWS's fails in the middle, the grant still stands here. */
  async function cutOff(service: 'sqs' | 'dynamodb', action: string): Promise<void> {
    site.aws.failNext({ service, action, failure: { error: 'AccessDeniedException' } });
    const { status } = await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    expect(status).toBe(503);
    expect(await site.items('grants')).toMatchObject([{ status: 'disconnecting' }]);
    expect((await sessions()).length).toBeGreaterThan(0);
  }

  async function expectNothingLeft(): Promise<void> {
    expect(await site.items('grants')).toEqual([]);
    expect(await sessions()).toEqual([]);
    expect(await site.items('mailboxes')).toEqual([]);
    expect(await copied()).toBe(0);
  }

  it.each([
    ['before its copy was erased', 'sqs', 'SendMessageBatch'],
    ['before its grant was erased', 'dynamodb', 'DeleteItem'],
  ] as const)('%s is finished by the next sweep, and nothing is left', async (_, service, action) => {
    await site.fault('revoke', { status: 503 }, 2);
    await cutOff(service, action);
    expect(await isGoodAtGoogle(site, site, refreshToken)).toBe(true);
    site.setClockOffset(16 * minute);
    await sweep();
    await expectNothingLeft();
    expect(await isGoodAtGoogle(site, site, refreshToken)).toBe(false);
  });

  it('is left alone while it may still be running', async () => {
    await cutOff('sqs', 'SendMessageBatch');
    const before = await copied();
    site.setClockOffset(14 * minute);
    await sweep();
    expect(await site.items('grants')).toMatchObject([{ status: 'disconnecting' }]);
    expect(await copied()).toBe(before);
  });

  it('keeps its grant, but no copy, while Google cannot be told: for a day, then that goes too', async () => {
    await cutOff('dynamodb', 'DeleteItem');
    await site.fault('revoke', { status: 503 }, 0);
    site.setClockOffset(day - minute);
    await sweep();
    expect(await site.items('grants')).toMatchObject([{ status: 'disconnecting' }]);
    expect(await copied()).toBe(0);
    site.setClockOffset(day + minute);
    await sweep();
    await expectNothingLeft();
    const warnings = site.logs.filter(({ fields }) => fields['event'] === 'erased, not revoked at google');
    expect(warnings).toMatchObject([{ level: 'warn', functionName: 'sync-sweep' }]);
    expect(JSON.stringify(site.logs)).not.toContain(refreshToken);
  });

  it('does not keep its person from consenting again, and that consent is not swept away', async () => {
    await cutOff('dynamodb', 'DeleteItem');
    await site.consent(browser);
    site.setClockOffset(16 * minute);
    await sweep();
    expect(await site.items('grants')).toMatchObject([{ status: 'active' }]);
    expect(await isGoodAtGoogle(site, site, latestRefreshToken())).toBe(true);
    site.setClockOffset(0);
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
  });
});

/** As the vault encrypted it. */
function latestRefreshToken(): string {
  const encrypted = site.calls.findLast(
    ({ action, input }) =>
      action === 'Encrypt' && JSON.stringify(input['EncryptionContext']).includes('"refresh"'),
  );
  return Buffer.from(String(encrypted?.input['Plaintext']), 'base64').toString();
}
