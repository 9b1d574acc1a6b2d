import * as v from 'valibot';
import { expect } from 'vitest';
import type { Browser } from './browser.ts';
import { drainQueue } from './drain-queue.ts';
import type { Interruptions } from './interruptions.ts';
import { isGoodAtGoogle, type NewPerson, newPerson, refreshTokensOf } from './people.ts';
import type { Site } from './site.ts';

/** A person who is connected, alone on the site, and whose feed says so. */
export async function connectedPerson(site: Site): Promise<NewPerson> {
  await site.forget();
  const person = await newPerson(site);
  await site.consent(person.browser, { account: person.email });
  await drainQueue(site);
  return person;
}

const disconnected = v.object({
  status: v.optional(v.unknown()),
  revokedAtGoogle: v.optional(v.boolean()),
  detail: v.optional(v.string()),
});

/** Disconnects as the site's page does. */
export async function disconnect(site: Site, browser: Browser) {
  const { status, text } = await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
  return { status, ...v.parse(v.omit(disconnected, ['status']), JSON.parse(text)) };
}

const personal = ['/messages', '/mailbox', '/mailbox/messages', '/mailbox/changes', '/mailbox/labels'];

const asking = ['/mailbox/sync', '/mailbox/verify'];

/** Nobody who was signed in with one of these browsers sees anything, or has anything synced. */
export async function expectNothingShown(site: Site, ...browsers: readonly Browser[]): Promise<void> {
  for (const browser of browsers) {
    for (const path of personal) {
      expect((await browser.fetch(`${site.origin}${path}`)).status, path).toBe(401);
    }
    for (const path of asking) {
      expect((await browser.fetch(`${site.origin}${path}`, { method: 'POST' })).status, path).toBe(401);
    }
  }
}

/** No token that the site was ever given of the account is good at Google. */
export async function expectRevoked(
  site: Site,
  interruptions: Interruptions,
  { accountId }: Pick<NewPerson, 'accountId'>,
): Promise<void> {
  const tokens = refreshTokensOf(interruptions, accountId);
  expect(tokens).not.toEqual([]);
  for (const token of tokens) expect(await isGoodAtGoogle(site, interruptions, token)).toBe(false);
}

/** Neither grant nor copy stands, and the feed says the one and tells nothing of the other. */
export async function expectErased(site: Site): Promise<void> {
  expect(await site.items('grants')).toEqual([]);
  expect(await site.messages()).toEqual([]);
  expect(await site.items('mailboxes')).toEqual([]);
  const types = new Set((await site.items('changes')).map(({ type }) => type));
  expect(types).toContain('disconnected');
  for (const type of ['added', 'relabelled', 'deleted']) expect(types).not.toContain(type);
}

/** Where a test was, for what goes wrong there. */
export async function at<Result>(where: string, check: () => Promise<Result>): Promise<Result> {
  try {
    return await check();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
