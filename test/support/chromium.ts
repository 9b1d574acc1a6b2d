import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import chromium, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';

/** Where screenshots are put for people to look at. */
const screenshots = join(import.meta.dirname, '../../.local/screenshots');

/** Starts the Chromium that came with `npm ci`, with the libraries that came with it: nothing else is installed. */
export async function launchChromium(): Promise<Browser> {
  const bin = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '../bin');
  const libraries = await inflate(join(bin, 'al2023.tar.br'));
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    env: { ...process.env, LD_LIBRARY_PATH: join(libraries, 'lib') },
  });
}

/** The path of a screenshot. */
export function screenshotPath(name: string): string {
  // `.local` is where `npm start` keeps its tokens: whoever makes it first keeps others out.
  mkdirSync(screenshots, { recursive: true, mode: 0o700 });
  return join(screenshots, `${name}.png`);
}
