import type { Browser, BrowserContext, Page } from 'playwright-core';
import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ownLabels } from '../../lambdas/page/browser/labels.ts';
import { launchChromium, screenshot } from '../support/chromium.ts';
import { accessFaults, connect, consent, rowsOf, tabTo, touchFaults } from '../support/person.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let chromium: Browser;

beforeAll(async () => {
  [site, chromium] = await Promise.all([
    startSite({ demoMessages: 60, sync: true, syncIntervalSeconds: 2 }),
    launchChromium(),
  ]);
});
afterAll(async () => {
  await chromium?.close();
  await site?.close();
});

let context: BrowserContext;
let page: Page;
let complaints: string[];

async function openAt(width: number): Promise<void> {
  context = await chromium.newContext({ viewport: { width, height: 844 } });
  page = await context.newPage();
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
}

describe.each([
  ['phone', 390],
  ['desktop', 1280],
])('on a %s, a person', (_, width) => {
  beforeEach(async () => {
    await openAt(width);
    return () => context.close();
  });

  it('connects, searches, pages, opens a message and comes back, and the address tells it all', async () => {
    await connect(page, site.origin);
    await rowsOf(page).first().waitFor();
    expect(await rowsOf(page).count()).toBe(10);
    expect(await touchFaults(page)).toEqual([]);

    // While messages are copied, Gmail gives little to whoever reads so fast.
    await page.getByText('Up to date.').waitFor();
    await page.getByRole('searchbox').fill('from:ada@example.com OR to:ada@example.com');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.waitForURL(/\?q=from%3Aada/);
    await expect.poll(() => page.title()).toMatch(/^from:ada/);
    const firstOfPage = await rowsOf(page).first().getAttribute('href');
    await page.getByRole('link', { name: 'Older' }).click();
    await page.waitForURL(/page=/);
    await page.getByRole('link', { name: 'Newer' }).waitFor();
    const shared = page.url();
    const onSecondPage = await rowsOf(page).first().getAttribute('href');
    expect(onSecondPage).not.toBe(firstOfPage);

    const subject = (await rowsOf(page).nth(2).locator('.subject').textContent()) ?? '';
    await rowsOf(page).nth(2).click();
    await page.getByRole('heading', { name: subject, exact: true }).waitFor();
    expect(await page.locator('dl.headers').textContent()).toMatch(/From.*To.*Date.*20\d\d/);
    expect(await touchFaults(page)).toEqual([]);
    await page.reload();
    await page.getByRole('heading', { name: subject, exact: true }).waitFor();

    await page.getByRole('link', { name: 'Back to the list' }).click();
    await rowsOf(page).first().waitFor();
    expect(page.url()).toBe(shared);
    expect(await rowsOf(page).first().getAttribute('href')).toBe(onSecondPage);
    await page.goBack();
    await expect.poll(() => rowsOf(page).first().getAttribute('href')).toBe(firstOfPage);

    // As somebody else's browser opens it that is signed in too.
    await page.goto(shared);
    await rowsOf(page).first().waitFor();
    expect(await rowsOf(page).first().getAttribute('href')).toBe(onSecondPage);
    expect(await page.getByRole('searchbox').inputValue()).toBe('from:ada@example.com OR to:ada@example.com');
    await page.getByRole('link', { name: 'Newest' }).waitFor();
    expect(complaints).toEqual([]);
  });

  it('watches the copy become complete, and reads it by label and day', async () => {
    await connect(page, site.origin);
    const panel = page.getByRole('region', { name: 'Stored copy' });
    await panel.getByText('Up to date.').waitFor();
    expect(await panel.getByRole('progressbar').getAttribute('value')).toBe('100');

    await page.getByRole('radio', { name: 'Stored copy' }).check();
    await page.waitForURL(/source=copy/);
    await page.getByText('Newest 25 · older below').waitFor();
    expect(await page.getByRole('searchbox').isVisible()).toBe(false);
    expect(await touchFaults(page)).toEqual([]);
    await page.getByRole('combobox', { name: 'Label' }).selectOption('Sent');
    await page.waitForURL(/label=SENT/);
    await page.getByText('older below').waitFor({ state: 'detached' });
    expect(await page.getByRole('combobox', { name: 'Label' }).locator('option').allTextContents()).toEqual([
      'All mail',
      ...ownLabels.values(),
      ...['Receipts', 'Travel', 'Work/Projects'],
    ]);
    expect(await rowsOf(page).count()).toBe(
      (await site.truth('ada@example.com')).filter(({ labelIds }) => labelIds.includes('SENT')).length,
    );
    await page.getByLabel('From', { exact: true }).fill('2030-01-01');
    await page.getByText('No messages match your search.').waitFor();
    await page.reload();
    await page.getByText('No messages match your search.').waitFor();
    expect(await page.getByLabel('From', { exact: true }).inputValue()).toBe('2030-01-01');
    expect(complaints).toEqual([]);
  });

  it('says no at Google, and begins again', async () => {
    await page.goto(`${site.origin}/?q=is:starred`);
    await page.getByRole('link', { name: 'Connect Gmail' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByRole('heading', { name: 'Access was not granted' }).waitFor();
    expect(await touchFaults(page)).toEqual([]);
    await page.getByRole('link', { name: 'Continue with Google' }).click();
    await consent(page);
    await page.getByText('Signed in as ada@example.com').waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('is:starred');
  });

  it('reconnects where the list was, after the access was removed at Google, and is back at the search', async () => {
    await connect(page, site.origin);
    await rowsOf(page).first().waitFor();
    await site.admin('POST', '/accounts/ada@example.com/revoke');
    await page.getByRole('searchbox').fill('is:unread');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Access to your Gmail has ended' }).waitFor();
    expect(await rowsOf(page).count()).toBe(0);
    expect(await touchFaults(page)).toEqual([]);

    await page.reload();
    await page.locator('#results').getByRole('link', { name: 'Reconnect' }).click();
    // Who is signed in already is not asked for the account again.
    await page.getByRole('button', { name: 'Allow' }).click();
    await rowsOf(page).first().waitFor();
    expect(new URL(page.url()).search).toBe('?q=is%3Aunread');
  });

  it('disconnects, having been told what that erases', async () => {
    await connect(page, site.origin);
    await page.getByText('Up to date.').waitFor();
    await page.getByRole('button', { name: 'Disconnect…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Disconnect ada@example.com?' });
    await dialog.getByText(/the copy of \d+ messages/).waitFor();
    await dialog.getByText('every session of this account').waitFor();
    expect(await touchFaults(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Disconnect and erase' }).click();
    await page.getByRole('heading', { name: 'Disconnected' }).waitFor();
    expect(await site.items('grants')).toEqual([]);
    await expect.poll(() => site.messages()).toEqual([]);
  });
});

describe('a row', () => {
  beforeEach(async () => {
    await openAt(390);
    return () => context.close();
  });

  it('stands there also while nothing but its ID is known, and can be opened', async () => {
    await page.route('**/messages?**', async (route) => {
      const response = await route.fetch();
      const { messages, ...rest } = await response.json();
      await route.fulfill({
        response,
        json: { ...rest, messages: messages.map((message: object) => ({ ...message, summary: null })) },
      });
    });
    await connect(page, site.origin);
    await rowsOf(page).first().getByText('Not copied yet').waitFor();
    await rowsOf(page).first().click();
    await page.getByRole('link', { name: 'Back to the list' }).waitFor();
    await page.getByRole('article').waitFor();
  });
});

describe('the names of labels', () => {
  beforeEach(async () => {
    await openAt(1280);
    return () => context.close();
  });

  const anyId = /Label_\d/;

  it('are asked for once, and stand in rows and messages, whatever they hold', async () => {
    let asked = 0;
    await page.route('**/mailbox/labels', async (route) => {
      asked++;
      // They come after the rows.
      await rowsOf(page).first().waitFor();
      await route.fulfill({
        json: { labels: [{ id: 'Label_1', name: '<b>Receipts</b> & more', type: 'user' }] },
      });
    });
    await connect(page, site.origin, '/?q=subject:receipt&label=Label_1');
    const chip = rowsOf(page).first().getByText('<b>Receipts</b> & more', { exact: true });
    await chip.waitFor();
    expect(await page.getByRole('combobox', { name: 'Label' }).inputValue()).toBe('Label_1');
    await rowsOf(page).first().click();
    await page.getByRole('article').getByText('<b>Receipts</b> & more', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Back to the list' }).click();
    await chip.waitFor();
    expect(await page.locator('body').innerText()).not.toMatch(anyId);
    expect(asked).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('are IDs where neither Gmail nor the copy tells them', async () => {
    const problem = {
      type: 'about:blank',
      title: 'No',
      status: 502,
      code: 'google_error',
      detail: 'No',
      requestId: '1',
    };
    await page.route('**/mailbox/labels', (route) => route.fulfill({ status: 502, json: problem }));
    await connect(page, site.origin, '/?q=subject:receipt');
    await rowsOf(page).first().getByText(anyId).waitFor();
    const options = page.getByRole('combobox', { name: 'Label' }).locator('option');
    expect(await options.allTextContents()).toContain('Label_1');
  });
});

describe('a problem of the list', () => {
  beforeEach(async () => {
    await openAt(390);
    return () => context.close();
  });

  it('shows the server’s words, and offers another try, and the copy where only Gmail fails', async () => {
    await connect(page, site.origin);
    await page.getByText('Up to date.').waitFor();
    await site.fault('messages.list', { status: 503 }, 0);
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('heading', { name: 'Google cannot be reached' }).waitFor();
    await site.admin('DELETE', '/faults');
    await page.getByRole('button', { name: 'Try again' }).click();
    await rowsOf(page).first().waitFor();

    await site.fault('messages.list', { status: 503 }, 0);
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('link', { name: 'Read the stored copy' }).click();
    await rowsOf(page).first().waitFor();
    expect(new URL(page.url()).search).toBe('?source=copy');
    await site.admin('DELETE', '/faults');

    await page.getByRole('radio', { name: 'Live from Gmail' }).check();
    await rowsOf(page).first().waitFor();
    await page.route('**/messages?**', (route) => route.abort());
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('heading', { name: 'The site cannot be reached' }).waitFor();
    // Its copy cannot be reached either.
    expect(await page.getByRole('link', { name: 'Read the stored copy' }).count()).toBe(0);
  });

  it('says when another try makes sense, and allows none before', async () => {
    await connect(page, site.origin);
    await rowsOf(page).first().waitFor();
    const said = { title: 'Too much', detail: 'Wait.', code: 'rate_limited' };
    await page.route('**/messages?**', (route) =>
      route.fulfill({ status: 429, headers: { 'retry-after': '2' }, json: said }),
    );
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    const button = page.getByRole('button', { name: /^Try again/ });
    await page.getByRole('button', { name: /^Try again in \d s$/ }).waitFor();
    expect(await button.isDisabled()).toBe(true);
    await page.unroute('**/messages?**');
    await page.getByRole('button', { name: 'Try again', exact: true }).click();
    await rowsOf(page).first().waitFor();
  });
});

describe('without a mouse', () => {
  beforeEach(async () => {
    await openAt(1280);
    return () => context.close();
  });

  it('a person connects, searches, reads, and thinks better of disconnecting', async () => {
    await page.goto(site.origin);
    await tabTo(page, page.getByRole('link', { name: 'Connect Gmail' }));
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'Next' }));
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('button', { name: 'Allow' }));
    await page.keyboard.press('Enter');
    await rowsOf(page).first().waitFor();

    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Gmail offline access');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the messages');
    await tabTo(page, page.getByRole('searchbox'));
    await page.keyboard.type('is:unread');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.title()).toMatch(/^is:unread/);

    await tabTo(page, rowsOf(page).nth(1));
    const row = (await rowsOf(page).nth(1).getAttribute('data-id')) ?? '';
    await page.keyboard.press('Enter');
    await page.getByRole('article').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('subject');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await rowsOf(page).first().waitFor();
    // The keyboard goes on where it was.
    await expect.poll(() => page.evaluate('document.activeElement.dataset.id')).toBe(row);

    const disconnect = page.getByRole('button', { name: 'Disconnect…' });
    await tabTo(page, disconnect);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Keep it connected');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    expect(await disconnect.evaluate((element) => element.matches(':focus'))).toBe(true);
    expect(await site.items('grants')).toMatchObject([{ status: 'active' }]);
  });
});

describe('the stored copy on the page', () => {
  beforeEach(async () => {
    await openAt(1280);
    return () => context.close();
  });

  it('is synced and compared when somebody asks, and says what was found', async () => {
    await connect(page, site.origin);
    const panel = page.getByRole('region', { name: 'Stored copy' });
    await panel.getByText('Up to date.').waitFor();
    await panel.getByRole('button', { name: 'Sync now' }).click();
    await panel.getByRole('status').getByText('Requested. Starts within a minute.').waitFor();
    const [row] = await site.messages();
    await site.put('messages', { ...row, labelIds: ['Label_9'] });
    await panel.getByRole('button', { name: 'Check against Gmail' }).click();
    await panel.getByText(/1 mislabelled; all fixed/).waitFor();
    await panel.getByText('What was mislabelled').click();
    await panel.getByRole('link', { name: String(row?.['messageId']) }).waitFor();
  });

  it('names the messages that failed, and why, and opens them', async () => {
    await connect(page, site.origin);
    await page.getByText('Up to date.').waitFor();
    const errors = [{ reason: 'invalidArgument', message: 'Not yet' }];
    await site.fault('messages.get:Not yet', { status: 400, body: { error: { code: 400, errors } } }, 0);
    const { ids } = v.parse(
      v.object({ ids: v.array(v.string()) }),
      await site.admin('POST', '/accounts/ada@example.com/messages', { subject: 'Not yet' }),
    );
    const [id = ''] = ids;
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByText('1 message could not be copied').click();
    const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: id, exact: true }) });
    await row.getByText(/Gmail refused it \(400 invalidArgument\)\. Tried/).waitFor();
    expect(await accessFaults(page)).toEqual([]);
    expect(await touchFaults(page)).toEqual([]);
    const link = row.getByRole('link');
    await link.focus();
    // What is said of it changes with the next looks of the panel; the list stays open, and the focus where it is.
    const before = await row.textContent();
    await expect.poll(() => row.textContent()).not.toBe(before);
    expect(await link.evaluate((element) => element.matches(':focus'))).toBe(true);
    await screenshot(page, 'failed-1280');
    await site.admin('DELETE', '/faults');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Not yet' }).waitFor();
  });

  it('grows under the reader’s eyes, and takes neither the focus nor what was typed', async () => {
    await connect(page, site.origin, '/?source=copy');
    await page.getByText('Up to date.').waitFor();
    const second = rowsOf(page).nth(1);
    await second.focus();
    const id = (await second.getAttribute('data-id')) ?? '';
    // Half a date is no search yet.
    await page.evaluate(`document.querySelector('[name=from]').value = '2026-01-01'`);
    await site.admin('POST', '/accounts/ada@example.com/messages', { subject: 'Just arrived' });
    await page.getByRole('button', { name: 'Sync now' }).dispatchEvent('click');
    await rowsOf(page).filter({ hasText: 'Just arrived' }).waitFor();
    expect(await page.evaluate('document.activeElement.dataset.id')).toBe(id);
    expect(await page.locator('[name=from]').inputValue()).toBe('2026-01-01');
  });
});
