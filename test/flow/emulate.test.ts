import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, type Page } from '../support/browser.ts';
import { problemOn } from '../support/callers.ts';
import { type Emulate, type SeededMessage, startEmulate } from '../support/emulate.ts';
import { type Site, startSite } from '../support/site.ts';

const hour = 3_600_000;
const grace = 'grace@example.com';

/** Some in Spam and Trash, some in threads of three. */
const seeded = Array.from({ length: 23 }, (_, index): SeededMessage => {
  const folder = index % 7 === 3 ? 'SPAM' : index % 7 === 5 ? 'TRASH' : 'INBOX';
  return {
    id: `msg_${index}`,
    thread_id: `thread_${Math.floor(index / 3)}`,
    user_email: grace,
    from: 'Someone Else <someone@example.net>',
    to: grace,
    subject: `Subject ${index}`,
    body_text: `Message ${index}`,
    label_ids: [folder, ...(index % 2 === 0 ? ['UNREAD'] : [])],
    date: new Date(Date.UTC(2026, 9, 1, index)).toISOString(),
  };
});

/** What a list without Spam and Trash holds, newest first. */
const listed = seeded.filter(({ label_ids: labels }) => labels.includes('INBOX')).reverse();

const reference = ({ id, thread_id: threadId }: SeededMessage) => ({ id, threadId });

/**
 * The journey against a Google of somebody else's making: a double written beside the code shares its author's
 * mistakes. Discovery, PKCE, nonce, ID token, refresh, listing and revocation are judged by it.
 *
 * What it cannot show: an expired or revoked access token (it serves every bearer token it does not know, as its
 * first user), so no 401 from Gmail; scopes that were unticked (it has no such page), their long names (it echoes
 * what was asked) and scopes that a method lacks (it looks at none); `access_type`, `prompt` and `login_hint` (it
 * reads none, and every consent gives a refresh token); `iss` in its answer; an empty list without `messages`; a
 * page token that is refused (it starts again at page one); profile, batch and quotas; revocation of a dead token
 * as an error, and of more than the one token that was sent.
 */
describe('from consent to message list, at another Google', () => {
  let folder: string;
  let emulate: Emulate;
  let site: Site;
  const browser = new Browser();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'emulate-'));
    const clientSecretFile = join(folder, 'client_secret.json');
    emulate = await startEmulate(clientSecretFile, [grace], seeded);
    site = await startSite({
      demoMessages: 0,
      clientSecretFile,
      googleIssuer: emulate.origin,
      gmailRootUrl: emulate.origin,
    });
    emulate.registerRedirectUri(`${site.origin}/auth/callback`);
  });
  afterAll(async () => {
    await site.close();
    await emulate.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const get = async (path: string, caller = browser) => {
    const { status, text } = await caller.fetch(`${site.origin}${path}`);
    return { status, body: JSON.parse(text) };
  };
  const consent = async (start: string, email = grace): Promise<Page> =>
    emulate.signIn(browser, await browser.open(start), email);

  it('leads from the list through its sign-in back to the list', async () => {
    const refused = await get('/messages?maxResults=5');
    expect([refused.status, refused.body.code]).toEqual([401, 'login_required']);

    const signIn = await browser.open(refused.body.authorizationUrl);
    const asked = new URL(signIn.url);
    expect(asked.origin).toBe(emulate.origin);
    // It checks nonce and code verifier only of a request that has them.
    expect(asked.searchParams.get('code_challenge_method')).toBe('S256');
    expect(asked.searchParams.get('nonce')).toMatch(/^.{22,}$/);
    const page = await emulate.signIn(browser, signIn, grace);
    expect([page.status, page.url]).toEqual([200, `${site.origin}/messages?maxResults=5`]);
    expect(JSON.parse(page.text).messages).toEqual(listed.slice(0, 5).map(reference));
  });

  it('knows whose mailbox it is from the ID token', async () => {
    const { body } = await get('/mailbox');
    expect(body).toMatchObject({ account: { email: grace }, status: 'active' });
    expect(body.scopes).toContain('https://www.googleapis.com/auth/gmail.readonly');
  });

  it('lists the mailbox page by page, and as a whole', async () => {
    const found: unknown[] = [];
    let pages = 0;
    for (let token: string | undefined = ''; token !== undefined; pages++) {
      const { body } = await get(`/messages?maxResults=4${token && `&pageToken=${token}`}`);
      found.push(...body.messages);
      token = body.nextPageToken;
    }
    expect(found).toEqual(listed.map(reference));
    expect(pages).toBe(Math.ceil(listed.length / 4));
    expect((await get('/messages?all=true&maxResults=3')).body.messages).toEqual(listed.map(reference));
  });

  it('lists by query and label, Spam and Trash when asked for', async () => {
    const unread = listed.filter(({ label_ids: labels }) => labels.includes('UNREAD'));
    expect((await get('/messages?q=is:unread')).body.messages).toEqual(unread.map(reference));
    expect((await get('/messages?labelIds=INBOX&labelIds=UNREAD')).body.messages).toEqual(
      unread.map(reference),
    );
    const everything = await get('/messages?includeSpamTrash=true');
    expect(everything.body.messages).toEqual([...seeded].reverse().map(reference));
    expect((await get('/messages?q=subject:nonesuchatall')).body).toEqual({
      messages: [],
      resultSizeEstimate: 0,
    });
  });

  it('gets one message, and says when there is none', async () => {
    const { body } = await get('/messages/msg_22?format=full');
    expect(body).toMatchObject({ id: 'msg_22', threadId: 'thread_7', snippet: 'Message 22' });
    const none = await get('/messages/msg_99');
    expect([none.status, none.body.code]).toEqual([404, 'not_found']);
  });

  it('renews the access token when it has expired', async () => {
    const expiry = async () => Number((await site.items('grants'))[0]?.['accessTokenExpiresAt']);
    const before = await expiry();
    site.setClockOffset(2 * hour);
    expect((await get('/messages?maxResults=1')).body.messages).toEqual(listed.slice(0, 1).map(reference));
    expect(await expiry()).toBeGreaterThanOrEqual(before + hour);
    site.setClockOffset(0);
  });

  it('refuses another account than the one signed in, and keeps the grant', async () => {
    const page = await consent(`${site.origin}/auth/login`, 'nobody@example.com');
    expect([page.status, problemOn(page)]).toEqual([403, 'account_mismatch']);
    expect((await get('/messages?maxResults=1')).status).toBe(200);
  });

  it('revokes the refresh token when disconnecting, so that a restored copy of it opens nothing', async () => {
    const [[grant], logins, earlier] = [
      await site.items('grants'),
      await site.items('logins'),
      browser.copy(),
    ];
    const { status, text } = await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    expect([status, JSON.parse(text)]).toEqual([202, { status: 'disconnected', revokedAtGoogle: true }]);
    expect(await site.items('grants')).toEqual([]);

    await site.put('grants', { ...grant });
    for (const login of logins) await site.put('logins', login);
    site.setClockOffset(4 * hour);
    const refused = await get('/messages?maxResults=3', earlier);
    expect([refused.status, refused.body.code]).toEqual([401, 'grant_revoked']);
    expect((await site.items('grants'))[0]).toMatchObject({ status: 'revoked' });

    site.setClockOffset(0);
    const page = await consent(refused.body.authorizationUrl);
    expect([page.status, page.url]).toEqual([200, `${site.origin}/messages?maxResults=3`]);
    expect(JSON.parse(page.text).messages).toEqual(listed.slice(0, 3).map(reference));
  });

  it('offers a new consent when its code is refused', async () => {
    await browser.fetch(`${site.origin}/auth/logout`, { method: 'POST' });
    const { text } = await browser.fetch(`${site.origin}/auth/url`);
    const state = new URL(JSON.parse(text).authorizationUrl).searchParams.get('state') ?? '';
    const query = new URLSearchParams({ state, code: 'of-nobody' });
    const { body, status } = await get(`/auth/callback?${query}`);
    expect([status, body.code]).toEqual([400, 'code_exchange_failed']);
    expect(body.authorizationUrl).toBe(`${site.origin}/auth/login`);
  });
});
