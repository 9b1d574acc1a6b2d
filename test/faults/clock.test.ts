import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDynamoDb } from '../../infra/local/aws/dynamodb.ts';
import { startKms } from '../../infra/local/aws/kms.ts';
import { Browser } from '../support/browser.ts';
import { isUntaken } from '../support/callbacks.ts';
import { problemOn } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { type Site, startSite } from '../support/site.ts';
import { type StrictGate, startStrictGate } from '../support/strict-gate.ts';

const minute = 60_000;
/** Almost the five minutes that AWS allows a signature and we an ID token. */
const fiveMinutes = 4.8 * minute;
/** Further than the SDK’s own correction begins to matter. */
const twentyMinutes = 20 * minute;

let site: Site;
let gates: StrictGate[];
const closers: (() => Promise<void>)[] = [];

/** The database and the token key stand behind gates that refuse signatures of another time. */
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gmail-offline-access-'));
  const services = [await startDynamoDb(join(folder, 'dynamodb')), await startKms(join(folder, 'kms'))];
  gates = await Promise.all(services.map(({ endpoint }) => startStrictGate(endpoint)));
  closers.push(...[...gates, ...services].map(({ close }) => close));
  closers.push(async () => rmSync(folder, { recursive: true, force: true }));
  const [dynamodb = '', kms = ''] = gates.map(({ endpoint }) => endpoint);
  site = await startSite({ demoMessages: 5, awsEndpoints: { dynamodb, kms } });
});
afterAll(async () => {
  await site.close();
  for (const close of closers) await close();
});
beforeEach(() => site.forget());
afterEach(async () => {
  site.setClockOffset(0);
  await site.admin('DELETE', '/faults');
});

const refused = () => gates.reduce((sum, gate) => sum + gate.refused(), 0);
const mailboxes = () => site.items('mailboxes');

describe.each([
  ['ahead of', 1],
  ['behind', -1],
])('with a clock %s everybody else’s', (_, way) => {
  it('by five minutes, one signs in, lists and syncs as ever', async () => {
    site.setClockOffset(way * fiveMinutes);
    const browser = await site.connected();
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
    await site.tick(Date.now() + way * fiveMinutes + minute);
    await drainQueue(site);
    expect(await site.messages()).toHaveLength(5);
    expect((await mailboxes())[0]).toMatchObject({ phase: 'live', copied: 5 });
  });

  it('by more than AWS allows a signature, processes are refused, and then sign by AWS’s clock', async () => {
    const browser = await site.connected();
    const before = refused();
    site.setClockOffset(way * twentyMinutes);
    await site.kill('messages-list');
    const list = async () => (await browser.fetch(`${site.origin}/messages`)).status;
    expect(await list()).toBe(200);
    const learnt = refused();
    expect(learnt).toBeGreaterThan(before);
    expect(await list()).toBe(200);
    expect(refused()).toBe(learnt);
  });

  it('the schedule’s, by five minutes, a mailbox is copied, later at the worst', async () => {
    await site.connected();
    await site.tick(Date.now() + way * fiveMinutes);
    await drainQueue(site);
    site.setClockOffset(8 * minute);
    await site.tick(Date.now() + 8 * minute + way * fiveMinutes);
    await drainQueue(site);
    expect(await site.messages()).toHaveLength(5);
    expect((await mailboxes())[0]).toMatchObject({ phase: 'live', copied: 5 });
    expect((await mailboxes())[0]?.['lastError']).toBeUndefined();
  });
});

describe('an ID token', () => {
  const inSeconds = (offset: number) => Math.floor((Date.now() + offset) / 1_000);

  /** A person consents, and Google’s ID token ends at this moment. */
  async function consentWith(endsAt: number): Promise<string | undefined> {
    await site.fault('token.code', { idToken: { exp: endsAt } });
    const page = await site.consent(new Browser());
    return page.status === 200 ? undefined : problemOn(page);
  }

  it('that ended within five minutes by our clock is taken', async () => {
    expect(await consentWith(inSeconds(-4 * minute))).toBeUndefined();
    expect(await site.items('grants')).toHaveLength(1);
  });

  it('that ended before is not, and nothing is stored', async () => {
    expect(await consentWith(inSeconds(-6 * minute))).toBe('no_user_id');
    expect([await site.items('grants'), (await site.items('logins')).filter(isUntaken)]).toEqual([[], []]);
  });
});

describe('an access token', () => {
  it('that Google holds for ended while our clock is behind is renewed, and the grant stands', async () => {
    const browser = await site.connected();
    site.setClockOffset(-fiveMinutes);
    await site.admin('POST', '/accounts/ada@example.com/expire-access-tokens');
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
    expect(await site.items('grants')).toEqual([expect.objectContaining({ status: 'active' })]);
  });
});
