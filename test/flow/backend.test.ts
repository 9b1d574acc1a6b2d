import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createBackend } from '../integrations/backend.ts';
import { Browser } from '../support/browser.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';

let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 8, sync: true, syncIntervalSeconds: 1, signUp: 'links-only' });
});
afterAll(() => site.close());

const soon = { timeout: 60_000, interval: 250 };

it('invites, and works with the mailbox while no browser is open', async () => {
  const backend = createBackend(site.origin, site.aws, 'tenant-7/user-42');
  const link = await backend.invite();
  const waiting = backend.waitForAccount();
  const browser = new Browser();
  await site.consent(browser, { start: link });
  await browser.fetch(`${site.origin}/auth/logout`, { method: 'POST' });

  // The person is away from here on.
  const { id, email } = await waiting;
  expect(email).toBe(ada);
  const truth = (await site.truth(ada)).slice(0, 5).map((message) => message.id);
  const idsOf = (messages: readonly { readonly id: string }[]) => messages.map((message) => message.id);
  expect(idsOf(await backend.listMail(id))).toEqual(truth);
  await vi.waitFor(async () => expect(idsOf(await backend.readCopy(id))).toEqual(truth), soon);

  const told: { readonly type: string; readonly messages?: unknown }[] = [];
  let cursor: string | undefined;
  const hear = async () => {
    const page = await backend.readChanges(id, cursor);
    told.push(...page.changes);
    cursor = page.cursor;
  };
  await vi.waitFor(async () => {
    await hear();
    expect(told.map(({ type }) => type)).toContain('caught_up');
  }, soon);
  expect(told[0]?.type).toBe('connected');

  const subject = { subject: 'While you were away' };
  const added = await site.admin('POST', `/accounts/${ada}/messages`, subject);
  await vi.waitFor(async () => {
    await hear();
    expect(told.at(-1)).toMatchObject({ type: 'added', messages: [{ id: Object(added).ids[0] }] });
  }, soon);

  expect(await backend.disconnect(id)).toMatchObject({ status: 'disconnected' });
  await expect(backend.listMail(id)).rejects.toThrow('404');
  await vi.waitFor(async () => {
    await hear();
    expect(told.at(-1)?.type).toBe('disconnected');
  }, soon);
  expect(await site.items('grants')).toEqual([]);
});
