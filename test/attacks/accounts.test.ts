import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { callbacksOf } from '../support/callbacks.ts';
import { backendOf, type Json } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { type Site, startSite } from '../support/site.ts';

const shared = 'shared@example.com';
const moved = 'moved@example.com';
const movedAgain = 'moved-again@example.com';
const hd = 'example.com';

let site: Site;
let hands: ReturnType<typeof callbacksOf>;
/** Whose address it was, and who has it now. */
let first: Browser;
let second: Browser;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, signUp: 'open' });
  hands = callbacksOf(site);
  await site.admin('POST', '/accounts', { email: shared, hd });
  await site.admin('POST', `/accounts/${shared}/messages`, { count: 3 });
  first = await site.connected({ account: shared });
  await sync();
  await site.admin('PATCH', `/accounts/${shared}`, { email: moved });
  await site.admin('POST', '/accounts', { email: shared, hd });
  await site.admin('POST', `/accounts/${shared}/messages`, { count: 2 });
  second = await site.connected({ account: shared });
  await sync();
});
afterAll(() => site.close());

let minutes = 0;
async function sync() {
  for (let round = 0; round < 3; round += 1) {
    minutes += 1;
    site.setClockOffset(minutes * 60_000);
    await site.tick();
    await drainQueue(site);
  }
}

const idsFrom = async (browser: Browser, path: string): Promise<string[]> => {
  const { text } = await browser.fetch(`${site.origin}${path}`);
  return JSON.parse(text)
    .messages.map(({ id }: { id: string }) => id)
    .sort();
};
const trueIds = async (email: string) => (await site.truth(email)).map(({ id }) => id).sort();
const mailboxOf = async (browser: Browser): Promise<Json> =>
  JSON.parse((await browser.fetch(`${site.origin}/mailbox`)).text);

const idOf = async (browser: Browser) => String((await mailboxOf(browser))['account']?.['id']);
const changesOf = (body: Json): { type: string }[] => (Array.isArray(body['changes']) ? body['changes'] : []);

/** The accounts that a backend finds under an address. */
async function found(email: string): Promise<string[]> {
  const { body } = await backendOf(site)('GET', '/accounts', { query: { email } });
  const accounts = body['accounts'];
  return Array.isArray(accounts) ? accounts.map(({ id }) => String(id)).sort() : [];
}

describe('an address that has come to another account', () => {
  it('makes two mailboxes, of which neither sees the other’s mail', async () => {
    const grants = await site.items('grants');
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

  it('leads a backend to who has it now, and no longer to who had it', async () => {
    const [before, now] = [await idOf(first), await idOf(second)];
    expect(await found(shared)).toEqual([now]);
    const { body } = await backendOf(site)('GET', '/accounts');
    expect(body['accounts']).toHaveLength(2);
    expect(body['accounts']).toContainEqual(expect.objectContaining({ id: before, email: '' }));
    expect(body['accounts']).toContainEqual(expect.objectContaining({ id: now, email: shared }));
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
  it('is found by the new one after the next comparison, and the feed says that it changed', async () => {
    const accountId = await idOf(first);
    expect(await found(moved)).toEqual([]);
    expect((await backendOf(site)('POST', `/accounts/${accountId}/verify`)).status).toBe(202);
    await sync();
    expect(await found(moved)).toEqual([accountId]);
    expect((await mailboxOf(first))['account']).toEqual({ id: accountId, email: moved });
    const { body } = await backendOf(site)('GET', `/accounts/${accountId}/changes`);
    // When the address was taken from it, and when its own was seen.
    const renamed = [
      expect.objectContaining({ type: 'renamed' }),
      expect.objectContaining({ type: 'renamed' }),
    ];
    expect(changesOf(body).filter(({ type }) => type === 'renamed')).toEqual(renamed);
    expect(JSON.stringify(body)).not.toContain('@');
  });

  it('stays the same account with its session, generation and copy, and is found by the new address', async () => {
    const accountId = await idOf(first);
    await site.admin('PATCH', `/accounts/${moved}`, { email: movedAgain });
    const row = async () => (await site.items('grants')).find((grant) => grant['accountId'] === accountId);
    const before = { grant: await row(), copy: await site.messages() };
    const page = await site.consent(first, { account: movedAgain });
    expect(page.status).toBe(200);
    expect(await row()).toMatchObject({ email: movedAgain, generation: before.grant?.['generation'] });
    expect(await site.items('grants')).toHaveLength(2);
    expect(await site.messages()).toEqual(before.copy);
    expect((await mailboxOf(first))['account']).toEqual({ id: accountId, email: movedAgain });
    expect(await idsFrom(first, '/mailbox/messages')).toEqual(await trueIds(movedAgain));
    expect(await found(movedAgain)).toEqual([accountId]);
    expect(await found(moved)).toEqual([]);
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
    ['another’s address, for which Google does not vouch', shared, 'your Google account'],
    ['no address', null, 'your Google account'],
    ['markup for an address', '"><script>alert(1)</script>@example.com', '&lt;script&gt;alert(1)'],
  ])('%s is of its sub all the same', async (_, email, shown) => {
    const accountId = (await mailboxOf(second))['account']?.['id'];
    const grant = async () => (await site.items('grants')).find((row) => row['accountId'] === accountId);
    const before = await grant();
    await site.fault('token.code', { idToken: { email, email_verified: true, hd: null } });
    const browser = await site.connected({ account: 'grace@example.com' });
    expect(await grant()).toEqual(before);
    expect(await idsFrom(browser, '/messages')).toEqual(await trueIds('grace@example.com'));
    const { text } = await browser.open(`${site.origin}/`);
    expect(text).toContain(shown);
    expect(text).not.toContain('<script>alert');
  });
});
