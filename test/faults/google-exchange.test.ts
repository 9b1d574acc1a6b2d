import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { problemOn } from '../support/callers.ts';
import { type FaultKind, type GoogleFault, quickFaults } from '../support/google-fault-kinds.ts';
import { type Effect, faultFor, newAccount, newPerson } from '../support/google-faults.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3 });
});
afterAll(() => site.close());

const grantOf = async (account: string) =>
  (await site.items('grants')).find(({ email }) => email === account);

/** What the person is told. */
const outcomes: Readonly<Record<FaultKind, { status: number; code: string }>> = {
  busy: { status: 503, code: 'google_unavailable' },
  down: { status: 503, code: 'google_unavailable' },
  lost: { status: 503, code: 'google_unavailable' },
  senseless: { status: 502, code: 'google_error' },
  oversize: { status: 503, code: 'google_unavailable' },
  late: { status: 504, code: 'google_timeout' },
};

describe.concurrent('the exchange of a code', () => {
  const subOf = async (account: string) => {
    const { sub } = (await site.admin('GET', `/accounts/${account}`)) as { sub: string };
    return sub;
  };

  /** The refresh tokens that Google holds good for an account. */
  async function tokensAtGoogle(account: string): Promise<number> {
    const database = new DatabaseSync(join(site.dataFolder, 'google', 'google.sqlite'), { readOnly: true });
    const rows = database
      .prepare("SELECT id FROM artifacts WHERE model = 'RefreshToken' AND accountId = ?")
      .all(await subOf(account));
    database.close();
    return rows.length;
  }

  /** Everything that the tables know of an account. */
  async function storedOf(account: string) {
    const sub = await subOf(account);
    const all = [site.items('grants'), site.items('logins'), site.items('mailboxes')];
    return (await Promise.all(all)).flat().filter(({ accountId }) => accountId === sub);
  }

  let accounts = 0;

  /** Consents while the fault lasts, and then from where the problem’s page leads. */
  async function meet(effect: Effect) {
    accounts += 1;
    const account = await newAccount(site, `code-${accounts}`);
    const browser = new Browser();
    const fault = await faultFor(site, account, 'token.code', effect);
    const page = await site.consent(browser, { account });
    const tries = await fault.fired();
    await fault.clear();
    expect(page.url).not.toContain('code=');
    expect(await storedOf(account)).toEqual([]);
    const lost = await tokensAtGoogle(account);
    const again = /href="([^"]*\/auth\/login[^"]*)"/.exec(page.text)?.[1] ?? '';
    const end = await site.consent(browser, { account, start: new URL(again, site.origin).href });
    expect(end.status).toBe(200);
    expect(await grantOf(account)).toMatchObject({ status: 'active' });
    return { account, browser, status: page.status, code: problemOn(page), tries, lost };
  }

  it.each(quickFaults)(
    'that meets $name is never repeated, stores nothing, and starts again',
    async (fault: GoogleFault) => {
      const { status, code } = outcomes[fault.kind];
      expect(await meet(fault.effect)).toMatchObject({ status, code, tries: 1 });
    },
  );

  it.each([
    ['broke off', { truncate: true }],
    ['was lost with its connection', { reset: true, done: true }],
  ])('whose answer %s leaves a token at Google that a disconnect ends', async (_, effect) => {
    const { account, browser, status, tries, lost } = await meet(effect);
    expect([status, tries, lost]).toEqual([503, 1, 1]);
    expect(await tokensAtGoogle(account)).toBe(2);
    const { text } = await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    expect(JSON.parse(text)).toMatchObject({ revokedAtGoogle: true });
    expect(await tokensAtGoogle(account)).toBe(0);
  });

  it('that fails for who has a grant already leaves that and its session as they are', async () => {
    const { account, browser } = await newPerson(site, 'again');
    const before = await grantOf(account);
    const fault = await faultFor(site, account, 'token.code', { status: 500 });
    expect((await site.consent(browser, { account })).status).toBe(503);
    await fault.clear();
    expect(await grantOf(account)).toEqual(before);
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
  });
});
