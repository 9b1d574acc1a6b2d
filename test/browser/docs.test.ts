import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, screenshot } from '../support/chromium.ts';
import { accessFaults, touchFaults } from '../support/person.ts';
import { type Site, startSite } from '../support/site.ts';

/** The description as people read it, in a real browser. */
describe('the page of the API', () => {
  let site: Site;
  let chromium: Browser;

  beforeAll(async () => {
    [site, chromium] = await Promise.all([startSite({ demoMessages: 1 }), launchChromium()]);
  });
  afterAll(async () => {
    await chromium.close();
    await site.close();
  });

  it.each([
    ['phone', 320, 'light'],
    ['phone', 320, 'dark'],
    ['desktop', 1280, 'light'],
    ['desktop', 1280, 'dark'],
  ] as const)('can be read by everybody: on a %s of %d pixels, %s', async (device, width, colorScheme) => {
    const context = await chromium.newContext({ viewport: { width, height: 800 }, colorScheme });
    const page = await context.newPage();
    const requested: string[] = [];
    page.on('request', (request) => requested.push(new URL(request.url()).origin));
    const faults: string[] = [];
    page.on('console', (message) => faults.push(message.text()));
    await page.goto(`${site.origin}/docs`);
    expect(await accessFaults(page)).toEqual([]);
    expect(await touchFaults(page)).toEqual([]);
    expect([...new Set(requested)].filter((origin) => origin !== 'null')).toEqual([site.origin]);
    expect(faults).toEqual([]);
    await screenshot(page, `docs-${device}-${colorScheme}`);
    await page.getByRole('link', { name: 'GET /messages/{id}', exact: false }).first().click();
    expect(page.url()).toBe(`${site.origin}/docs#getMessage`);
    await screenshot(page, `docs-route-${device}-${colorScheme}`);
    await context.close();
  });
});
