import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { invite } from '../support/callers.ts';
import { launchChromium, screenshot } from '../support/chromium.ts';
import { accessFaults, connect, rowsOf, touchFaults } from '../support/person.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let chromium: Browser;

beforeAll(async () => {
  [site, chromium] = await Promise.all([
    startSite({ demoMessages: 60, sync: true, syncIntervalSeconds: 2 }),
    launchChromium(),
  ]);
  await site.admin('POST', '/accounts/ada@example.com/messages', {
    subject: 'Trains to Genève',
    from: 'Travel Desk <trips@travel.example>',
    text: '',
    html: '<h1>Your trip</h1><p>Two <b>seats</b>, as <a href="https://travel.example/1">booked</a>.</p><blockquote>A window, please.</blockquote><ul><li>Out: Monday</li><li>Back: Friday</li></ul>',
    labelIds: ['INBOX', 'UNREAD', 'Label_2'],
  });
});
afterAll(async () => {
  await chromium?.close();
  await site?.close();
});

const colorSchemes = ['light', 'dark'] as const;
/** The last is that of a phone, on which the test goes from state to state. */
const widths = [320, 1280, 390];

it('every state of the page can be read, reached and pressed by everybody, in both colours, at every width', async () => {
  const context = await chromium.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const faults: Record<string, readonly string[]> = {};
  await visitStates(page, async (state) => {
    for (const width of widths) {
      await page.setViewportSize({ width, height: 844 });
      for (const colorScheme of colorSchemes) {
        await page.emulateMedia({ colorScheme });
        const look = `${state}-${colorScheme}-${width}`;
        await screenshot(page, look);
        const found = [...(await accessFaults(page)), ...(await touchFaults(page))];
        if (found.length > 0) faults[look] = found;
      }
    }
  });
  await context.close();
  expect(faults).toEqual({});
});

async function visitStates(page: Page, look: (state: string) => Promise<void>): Promise<void> {
  await page.goto(site.origin);
  await look('welcome');
  for (const problem of ['access_denied', 'invalid_state', 'insufficient_scope', 'account_mismatch']) {
    await page.goto(`${site.origin}/auth/problem?problem=${problem}`);
    await look(`problem-${problem}`);
  }
  await page.goto(`${site.origin}/auth/problem?problem=sign_up_closed&invited=true`);
  await look('problem-sign_up_closed');
  await page.goto(await invite(site, 'acme', { requester: 'Müller & Söhne', email: 'ada@example.com' }));
  await look('invitation');

  await connect(page, site.origin);
  await rowsOf(page).first().waitFor();
  await page.getByText('Up to date.').waitFor();
  await page.getByText('What this site may do').click();
  await look('list');
  await page.goto(`${site.origin}/?q=subject:nothing-has-this`);
  await page.getByText('No messages match your search.').waitFor();
  await look('empty');
  await page.goto(`${site.origin}/?q=Genève`);
  await rowsOf(page).filter({ hasText: 'Trains to Genève' }).click();
  await page.getByRole('article').waitFor();
  await look('html-message');
  await page.goto(`${site.origin}/?q=has:attachment`);
  await rowsOf(page).first().click();
  await page.getByRole('article').waitFor();
  await look('message');
  await page.goto(`${site.origin}/?source=copy`);
  await rowsOf(page).first().waitFor();
  await look('copy');
  await page.getByRole('button', { name: 'Disconnect…' }).click();
  await look('dialog');
  await page.keyboard.press('Escape');
  await site.admin('POST', '/accounts/ada@example.com/revoke');
  await page.goto(`${site.origin}/?q=is:unread`);
  await page.getByRole('heading', { name: 'Access to your Gmail has ended' }).waitFor();
  await look('revoked');
}
