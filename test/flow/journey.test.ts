import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { clientOf } from '../support/clients.ts';
import { type Site, startSite } from '../support/site.ts';

const hour = 3_600_000;

/** The journey that the product exists for, as it deploys: the bundles that CDK ships. */
describe('from consent to message list', () => {
  let site: Site;
  const browser = new Browser();

  beforeAll(async () => {
    site = await startSite({ demoMessages: 120 });
  });
  afterAll(() => site.close());

  it('leads a stranger who asks for the list to Google, and back to the list', async () => {
    const refused = await new Browser().fetch(`${site.origin}/messages?maxResults=5`);
    expect(refused.status).toBe(401);
    const { code, authorizationUrl } = JSON.parse(refused.text);
    expect(code).toBe('login_required');

    const page = await site.consent(browser, { start: authorizationUrl });
    expect(page.status).toBe(200);
    expect(page.url).toBe(`${site.origin}/messages?maxResults=5`);
    expect(JSON.parse(page.text).messages).toHaveLength(5);
  });

  it('lists the mailbox page by page, as it really is', async () => {
    const listed = await Array.fromAsync(clientOf(site, browser).messages.all({ maxResults: 50 }));
    expect(listed.map(({ id }) => id)).toEqual((await site.truth('ada@example.com')).map(({ id }) => id));
  });

  it('follows the pages itself when asked for all', async () => {
    const { messages, nextPageToken } = await clientOf(site, browser).messages.list({
      all: true,
      maxResults: 20,
    });
    expect(messages.map(({ id }) => id)).toEqual((await site.truth('ada@example.com')).map(({ id }) => id));
    expect(nextPageToken).toBeUndefined();
  });

  it('lists by query, and finds nothing as an empty list', async () => {
    const client = clientOf(site, browser);
    const unread = await client.messages.list({ q: 'is:unread', maxResults: 500 });
    const truly = (await site.truth('ada@example.com')).filter(({ labelIds }) => labelIds.includes('UNREAD'));
    expect(unread.messages.map(({ id }) => id)).toEqual(truly.map(({ id }) => id));
    expect(await client.messages.list({ q: 'subject:nonesuchatall' })).toEqual({
      messages: [],
      resultSizeEstimate: 0,
    });
  });

  it('gets one message', async () => {
    const [newest] = await site.truth('ada@example.com');
    const message = await clientOf(site, browser).messages.get(newest?.id ?? '', { format: 'metadata' });
    expect(message).toMatchObject({ id: newest?.id, threadId: newest?.threadId });
  });

  it('still lists long after the access token has expired', async () => {
    await site.admin('POST', '/accounts/ada@example.com/expire-access-tokens');
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
    site.setClockOffset(5 * hour);
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
    site.setClockOffset(0);
  });

  it('says so when the grant was revoked at Google, and where to consent again', async () => {
    await site.admin('POST', '/accounts/ada@example.com/revoke');
    const refused = await browser.fetch(`${site.origin}/messages?maxResults=3`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    const { code, authorizationUrl } = JSON.parse(refused.text);
    expect(code).toBe('grant_revoked');
    expect((await site.items('grants'))[0]).toMatchObject({ status: 'revoked' });

    const redirected = await browser.open(`${site.origin}/messages?maxResults=3`, { stay: true });
    expect([redirected.status, redirected.headers.get('location')]).toEqual([303, authorizationUrl]);

    const page = await site.consent(browser, { start: authorizationUrl });
    expect(page.url).toBe(`${site.origin}/messages?maxResults=3`);
    expect(JSON.parse(page.text).messages).toHaveLength(3);
  });
});
