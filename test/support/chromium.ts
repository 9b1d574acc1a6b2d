import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import chromium, { inflate } from '@sparticuz/chromium';
import { type Browser, type Page, type PageScreenshotOptions, chromium as playwright } from 'playwright-core';

/** Where screenshots are put for people to look at. */
const screenshots = join(import.meta.dirname, '../../.local/screenshots');

/** How often a screenshot is tried: now and then Chromium says "Unable to capture screenshot" of a page in order. */
const screenshotTries = 3;

/** Before the tests: two files that unpack Chromium at once get in each other's way. */
export default async function setUp(): Promise<void> {
  await unpack();
}

async function unpack() {
  const module = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const libraries = await inflate(join(dirname(module), '../bin/al2023.tar.br'));
  return { executablePath: await chromium.executablePath(), libraryPath: join(libraries, 'lib') };
}

/** Starts the Chromium that came with `npm ci`, with the libraries that came with it: nothing else is installed. */
export async function launchChromium(): Promise<Browser> {
  const { executablePath, libraryPath } = await unpack();
  const browser = await playwright.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    env: { ...process.env, LD_LIBRARY_PATH: libraryPath },
  });
  // Waits end what hangs; a slow machine is no failure.
  browser.on('context', (context) => context.setDefaultTimeout(80_000));
  return browser;
}

/** Takes a screenshot for people to look at. */
export async function screenshot(page: Page, name: string, options?: PageScreenshotOptions): Promise<void> {
  // `.local` is where `npm start` keeps its tokens: whoever makes it first keeps others out.
  mkdirSync(screenshots, { recursive: true, mode: 0o700 });
  const path = join(screenshots, `${name}.png`);
  for (let tries = 1; ; tries++) {
    try {
      await page.screenshot({ ...options, path });
      return;
    } catch (error) {
      if (tries === screenshotTries) throw error;
    }
  }
}
