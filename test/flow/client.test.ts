import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { newPkce, serverAuthCode, signInElsewhere } from '../support/callers.ts';
import { backendClientOf, clientOf, problemOf } from '../support/clients.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const app = 'https://app.example.com';
const day = 86_400_000;

let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 30, allowedReturnOrigins: `${app}/done` });
});
afterAll(() => site.close());
afterEach(async () => {
  site.setClockOffset(0);
  await site.forget();
  await site.admin('DELETE', '/faults');
});

/** Two jobs: they copy the whole of the small mailbox, and follow what happens in it. */
async function sync(from = 10): Promise<void> {
  for (const minutes of [from, from + 10]) {
    site.setClockOffset(minutes * 60_000);
    await site.tick();
    await drainQueue(site);
  }
}

const idsOf = async (messages: AsyncIterable<{ readonly id: string }>) =>
  (await Array.fromAsync(messages)).map(({ id }) => id);

describe('the client of a person', () => {
  it('lists, reads, copies, compares and disconnects', async () => {
    const client = clientOf(site, await site.connected());
    const truth = (await site.truth(ada)).map(({ id }) => id);
    expect(await idsOf(client.messages.all({ maxResults: 7 }))).toEqual(truth);
    expect((await client.messages.list({ all: true })).messages).toHaveLength(truth.length);
    const newest = await client.messages.get(truth[0] ?? '', { format: 'metadata' });
    expect(newest.payload?.headers?.map(({ name }) => name)).toContain('Subject');

    const { labels } = await client.mailbox.labels();
    expect(labels).toContainEqual({ id: 'Label_1', name: 'Receipts', type: 'user' });
    await sync();
    expect((await client.mailbox.status()).sync).toMatchObject({ phase: 'live', percent: 100 });
    expect(await idsOf(client.mailbox.messages.all({ maxResults: 7 }))).toEqual(truth);
    const summaries = (await client.messages.list({ view: 'summary', maxResults: 3 })).messages;
    expect(summaries.map(({ summary }) => summary?.subject)).not.toContain(undefined);
    expect(await client.mailbox.sync()).toEqual({ status: 'requested' });
    expect(await client.mailbox.verify()).toEqual({ status: 'requested' });
    expect(await client.mailbox.disconnect()).toEqual({ status: 'disconnected', revokedAtGoogle: true });
    expect(await problemOf(client.mailbox.status())).toMatchObject({ code: 'login_required', status: 401 });
  });

  it('takes a session over from another origin, and ends it', async () => {
    const pkce = newPkce();
    const back = await signInElsewhere(site, new Browser(), `${app}/done`, pkce);
    const handoff = back.searchParams.get('handoff') ?? '';
    const { codeVerifier } = pkce;
    const { sessionToken, account } = await clientOf(site).auth.takeOver({ handoff, codeVerifier });
    expect(account.email).toBe(ada);
    const browser = new Browser();
    browser.setCookie('localhost', 'session', sessionToken);
    const client = clientOf(site, browser);
    expect((await client.mailbox.status()).account).toEqual(account);
    expect(await client.auth.logout()).toBeUndefined();
    expect(await problemOf(client.mailbox.status())).toMatchObject({ code: 'login_required' });
  });

  it('brings the code of a phone', async () => {
    const { codeVerifier, codeChallenge } = newPkce();
    const { auth } = clientOf(site);
    const start = await auth.startCode({ code_challenge: codeChallenge });
    const { clientId, scopes, state, nonce } = start;
    const given = await serverAuthCode(site, ada, { clientId, scopes, nonce });
    expect((await auth.completeCode({ ...given, state, codeVerifier })).account.email).toBe(ada);
  });

  it('is told where to sign in', async () => {
    const client = clientOf(site);
    const { authorizationUrl } = await client.auth.url({ return_to: '/mailbox' });
    expect(new URL(authorizationUrl).origin).toBe(site.google.origin);
    expect(client.auth.loginAddress()).toBe(`${site.origin}/auth/login`);
    expect((await client.describe())['openapi']).toBe('3.1.1');
  });
});

describe('the client of a backend', () => {
  it('invites, and works within its owner', async () => {
    const [acme, other] = [backendClientOf(site, 'acme'), backendClientOf(site, 'globex')];
    const { url } = await acme.connectLinks.create({ owner: 'acme', requester: 'Acme’s mail' });
    await site.consent(new Browser(), { start: url });
    const [account] = await Array.fromAsync(acme.accounts.all({ status: 'active' }));
    expect(account).toMatchObject({ email: ada, owner: 'acme' });
    const calls = acme.account(account?.id ?? '');
    const truth = (await site.truth(ada)).map(({ id }) => id);
    expect(await idsOf(calls.messages.all({ q: 'in:anywhere -in:spam -in:trash' }))).toEqual(truth);
    expect((await calls.messages.get(truth[0] ?? '')).id).toBe(truth[0]);
    expect((await calls.labels()).labels).toContainEqual({ id: 'INBOX', name: 'INBOX', type: 'system' });
    expect(await problemOf(other.account(account?.id ?? '').status())).toMatchObject({ code: 'not_found' });
    expect(await Array.fromAsync(other.accounts.all())).toEqual([]);
    await sync();
    expect(await idsOf(calls.copy.all())).toEqual(truth);
    expect((await calls.status()).sync?.copied).toBeGreaterThanOrEqual(truth.length);
    expect(await calls.sync()).toEqual({ status: 'requested' });
    expect(await calls.verify()).toEqual({ status: 'requested' });
    const feeds = [acme.changes, calls.changes];
    for (const feed of feeds) expect(await feed.list({ after: 'now' })).toMatchObject({ changes: [] });
    expect(await calls.disconnect()).toMatchObject({ status: 'disconnected' });
  });

  it('is refused by the gateway without credentials', async () => {
    const unsigned = { ...site, aws: { ...site.aws, region: 'nowhere-1' } };
    expect(await problemOf(backendClientOf(unsigned).accounts.list())).toMatchObject({
      code: 'gateway',
      status: 403,
      detail: 'Forbidden',
    });
  });
});

/** What no other journey meets. */
describe('a problem', () => {
  it('of a stage that hands out no access tokens', async () => {
    const call = backendClientOf(site).account('1').accessToken();
    expect(await problemOf(call)).toMatchObject({ code: 'access_tokens_off', status: 403 });
  });

  it('of a cursor that is too old', async () => {
    const client = clientOf(site, await site.connected());
    const { cursor } = await client.changes.list({ after: 'now' });
    site.setClockOffset(15 * day);
    expect(await problemOf(client.changes.follow({ after: cursor }).next())).toMatchObject({
      code: 'cursor_too_old',
      status: 410,
    });
  });

  it('of a mailbox whose sync has not begun', async () => {
    const client = clientOf(site, await site.connected());
    await site.forget('mailboxes');
    expect(await problemOf(client.mailbox.sync())).toMatchObject({ code: 'not_copied', status: 409 });
  });

  it('of a database that cannot be reached', async () => {
    const client = clientOf(site, await site.connected());
    const failure = { error: 'InternalServerError', status: 500 };
    site.aws.failNext({ service: 'dynamodb', action: 'GetItem', times: 3, failure });
    expect(await problemOf(client.mailbox.status())).toMatchObject({
      code: 'storage_unavailable',
      status: 503,
    });
  });

  it('of a row that nobody can read', async () => {
    const client = clientOf(site, await site.connected());
    const [grant] = await site.items('grants');
    await site.put('grants', { ...grant, connectedAt: 'yesterday' });
    expect(await problemOf(client.mailbox.status())).toMatchObject({ code: 'internal_error', status: 500 });
  });
});
