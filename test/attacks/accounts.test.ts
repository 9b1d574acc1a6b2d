import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { callbacksOf } from '../support/callbacks.ts';
import { backendOf, type Json } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { type Site, startSite } from '../support/site.ts';

const shared = 'shared@example.com';
const moved = 'moved@example.com';

let site: Site;
let hands: ReturnType<typeof callbacksOf>;
/** Whose address it was, and who has it now. */
let first: Browser;
let second: Browser;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, signUp: 'open' });
  hands = callbacksOf(site);
  await site.admin('POST', '/accounts', { email: shared });
  await site.admin('POST', `/accounts/${shared}/messages`, { count: 3 });
  first = await site.connected({ account: shared });
  await site.admin('PATCH', `/accounts/${shared}`, { email: moved });
  await site.admin('POST', '/accounts', { email: shared });
  await site.admin('POST', `/accounts/${shared}/messages`, { count: 2 });
  second = await site.connected({ account: shared });
  for (const minutes of [1, 2, 3]) {
    site.setClockOffset(minutes * 60_000);
    await site.tick();
    await drainQueue(site);
  }
});
afterAll(() => site.close());

const idsFrom = async (browser: Browser, path: string): Promise<string[]> => {
  const { text } = await browser.fetch(`${site.origin}${path}`);
  return JSON.parse(text)
    .messages.map(({ id }: { id: string }) => id)
    .sort();
};
const trueIds = async (email: string) => (await site.truth(email)).map(({ id }) => id).sort();
const mailboxOf = async (browser: Browser): Promise<Json> =>
  JSON.parse((await browser.fetch(`${site.origin}/mailbox`)).text);

/** The accounts that a backend finds under an address. */
async function found(email: string): Promise<string[]> {
  const { body } = await backendOf(site)('GET', '/accounts', { query: { email } });
  const accounts = body['accounts'];
  return Array.isArray(accounts) ? accounts.map(({ id }) => String(id)).sort() : [];
}

describe('an address that has come to another account', () => {
  it('makes two mailboxes, of which neither sees the other’s mail', async () => {
    const grants = await site.items('grants');
    expect(grants.map(({ email }) => email)).toEqual([shared, shared]);
    expect(new Set(grants.map(({ accountId }) => accountId)).size).toBe(2);
    expect(new Set(grants.map(({ generation }) => generation)).size).toBe(2);
    const mail = { first: await trueIds(moved), second: await trueIds(shared) };
    expect([mail.first.length, mail.second.length]).toEqual([3, 2]);
    for (const path of ['/messages', '/mailbox/messages']) {
      expect(await idsFrom(first, path)).toEqual(mail.first);
      expect(await idsFrom(second, path)).toEqual(mail.second);
    }
    for (const id of mail.second) {
      expect((await first.fetch(`${site.origin}/messages/${id}`)).status).toBe(404);
    }
  });

  it('does not let its new owner into the session of the one before', async () => {
    const before = await hands.standing();
    const start = `${site.origin}/auth/login?login_hint=${shared}`;
    const answer = await hands.ask(await hands.callbackOf(first, { start, account: shared }), first);
    expect([answer.status, answer.code]).toEqual([403, 'account_mismatch']);
    expect(await hands.standing()).toEqual(before);
    expect(await idsFrom(first, '/messages')).toEqual(await trueIds(moved));
  });
});

describe('an account whose address has changed', () => {
  it('stays the same account with its session, generation and copy, and is found by the new address', async () => {
    const accountId = String((await mailboxOf(first))['account']?.['id']);
    const row = async () => (await site.items('grants')).find((grant) => grant['accountId'] === accountId);
    const before = { grant: await row(), copy: await site.messages() };
    expect(await found(shared)).toHaveLength(2);
    const page = await site.consent(first, { account: moved });
    expect(page.status).toBe(200);
    expect(await row()).toMatchObject({ email: moved, generation: before.grant?.['generation'] });
    expect(await site.items('grants')).toHaveLength(2);
    expect(await site.messages()).toEqual(before.copy);
    expect((await mailboxOf(first))['account']).toEqual({ id: accountId, email: moved });
    expect(await idsFrom(first, '/mailbox/messages')).toEqual(await trueIds(moved));
    expect(await found(moved)).toEqual([accountId]);
    expect(await found(shared)).not.toContain(accountId);
  });

  it('leaves alone, when it goes, whoever has the address now', async () => {
    const { status } = await first.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    expect(status).toBe(202);
    await drainQueue(site);
    expect(await site.items('grants')).toMatchObject([{ email: shared, status: 'active' }]);
    expect((await first.fetch(`${site.origin}/messages`)).status).toBe(401);
    expect(await idsFrom(second, '/messages')).toEqual(await trueIds(shared));
    expect(await idsFrom(second, '/mailbox/messages')).toEqual(await trueIds(shared));
  });
});

describe('an ID token that carries', () => {
  it.each([
    ['another’s address', shared],
    ['no address', null],
    ['markup for an address', '"><script>alert(1)</script>@example.com'],
  ])('%s is of its sub all the same', async (_, email) => {
    const accountId = (await mailboxOf(second))['account']?.['id'];
    const grant = async () => (await site.items('grants')).find((row) => row['accountId'] === accountId);
    const before = await grant();
    await site.fault('token.code', { idToken: { email, email_verified: true } });
    const browser = await site.connected({ account: 'grace@example.com' });
    expect(await grant()).toEqual(before);
    expect(await idsFrom(browser, '/messages')).toEqual(await trueIds('grace@example.com'));
    expect((await browser.open(`${site.origin}/`)).text).not.toContain('<script>alert');
  });
});
