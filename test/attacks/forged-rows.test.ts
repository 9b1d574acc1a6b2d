import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashOf } from '../../lambdas/secrets.ts';
import { Browser } from '../support/browser.ts';
import { getAs, invite, newPkce, postJson, problemOn, signInElsewhere } from '../support/callers.ts';
import { tokenNamed } from '../support/doubles/tokens.ts';
import { type Site, startSite } from '../support/site.ts';

/*
 * Somebody may read and write the table of logins, and has neither the login key nor the token key: a role with
 * `dynamodb:*`, a pipeline that restores tables, a stolen key of an analyst.
 */

const [ada, mallory] = ['ada@example.com', 'grace@example.com'];
const app = 'https://app.example.com';
const day = 86_400_000;
const planted = tokenNamed('planted');

let site: Site;
/** The session row of the person under attack. */
let adas: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  site = await startSite({ demoMessages: 2, allowedReturnOrigins: app });
});
beforeEach(async () => {
  await site.forget();
  await site.connected({ account: ada });
  [adas = {}] = await rowsOf('session');
});
afterAll(() => site.close());

type Row = Readonly<Record<string, unknown>>;

async function rowsOf(kind: 'session' | 'handoff' | 'link'): Promise<Row[]> {
  return (await site.items('logins')).filter(({ id }) => String(id).startsWith(`${kind}#`));
}

/** The row of the consent to which a callback belongs. */
async function consentOf(callback: string): Promise<Row | undefined> {
  const id = `state#${hashOf(new URL(callback).searchParams.get('state') ?? '')}`;
  return (await site.items('logins')).find((row) => row['id'] === id);
}

const statusOf = async (token: string) => (await getAs(site, token, '/mailbox')).status;

/** The callback of a person who consents, before it is opened. */
async function callbackOf(browser: Browser, account: string): Promise<string> {
  const page = await site.consent(browser, { account, stopBeforeCallback: true });
  return page.headers.get('location') ?? '';
}

describe('a session that was written into the table', () => {
  it.each<[string, (row: Row) => Row]>([
    ['as earlier releases wrote it, without a MAC', ({ mac: _, ...row }) => ({ ...row, schemaVersion: 1 })],
    ['with the MAC of a real session', (row) => row],
    ['with a MAC that was made up', (row) => ({ ...row, mac: tokenNamed('mac') })],
  ])('is none: %s', async (_, forge) => {
    await site.put('logins', { ...forge(adas), id: `session#${hashOf(planted)}` });
    expect(await statusOf(planted)).toBe(401);
  });

  it.each<[string, (adas: Row) => Row]>([
    ['the person’s', ({ accountId, generation }) => ({ accountId, generation })],
    ['endless', () => ({ expiresAt: Math.floor(Date.now() / 1000) + 10_000 * 86_400 })],
    ['never idle', () => ({ idleLifetime: 10_000 * day })],
    ['in use all the time', () => ({ renewedAt: Date.now() + day })],
  ])('is none where a real one was made %s', async (_, change) => {
    const browser = await site.connected({ account: mallory });
    const token = browser.cookie('localhost', 'session') ?? '';
    expect(await statusOf(token)).toBe(200);
    const row = (await rowsOf('session')).find(({ id }) => id === `session#${hashOf(token)}`);
    await site.put('logins', { ...row, ...change(adas) });
    expect(await statusOf(token)).toBe(401);
  });
});

it('a handoff that was written into the table hands over no session', async () => {
  const { codeVerifier, codeChallenge } = newPkce();
  await signInElsewhere(site, new Browser(), `${app}/`, newPkce());
  const [real] = await rowsOf('handoff');
  const { accountId: handsOver, generation } = adas;
  for (const forged of [{ ...real }, { ...real, mac: undefined }]) {
    const row = { ...forged, id: `handoff#${hashOf(planted)}`, handsOver, generation, codeChallenge };
    await site.put('logins', row);
    const { status, body } = await postJson(site, '/auth/session', { handoff: planted, codeVerifier });
    expect([status, body['code']]).toEqual([400, 'invalid_handoff']);
  }
});

describe('the row of a consent', () => {
  it('that leads the person’s session to the attacker’s challenge ends that consent', async () => {
    const browser = new Browser();
    const callback = await callbackOf(browser, ada);
    const row = await consentOf(callback);
    const { codeChallenge } = newPkce();
    await site.put('logins', { ...row, returnTo: 'https://evil.example/', handoffChallenge: codeChallenge });
    const page = await browser.open(callback);
    expect([page.status, problemOn(page)]).toEqual([400, 'invalid_state']);
    expect(await rowsOf('handoff')).toEqual([]);
    expect(page.url).not.toContain('evil');
  });

  it('that was given an invitation connects no mailbox to an owner', async () => {
    const browser = new Browser();
    const callback = await callbackOf(browser, mallory);
    const row = await consentOf(callback);
    await site.put('logins', { ...row, invitation: { owner: 'acme' } });
    expect(problemOn(await browser.open(callback))).toBe('invalid_state');
    expect(await site.items('grants')).toHaveLength(1);
  });

  it.each<[string, (adas: Row, codeHash: string) => Row]>([
    [
      'a session of another',
      ({ id }, codeHash) => ({ sessions: [String(id).slice('session#'.length)], codeHash }),
    ],
    [
      'a handoff of another',
      ({ accountId, generation }, codeHash) => ({ handsOver: accountId, generation, codeHash }),
    ],
  ])('whose outcome was made %s signs nobody in when its callback is repeated', async (_, outcomeFor) => {
    const browser = new Browser();
    const callback = await callbackOf(browser, mallory);
    const repeating = browser.copy();
    await browser.open(callback);
    const row = await consentOf(callback);
    const codeHash = hashOf(new URL(callback).searchParams.get('code') ?? '');
    const forged = {
      outcome: outcomeFor(adas, codeHash),
      returnTo: `${app}/`,
      handoffChallenge: newPkce().codeChallenge,
    };
    await site.put('logins', { ...row, ...forged });
    const page = await repeating.open(callback, { stay: true });
    expect([page.status, page.headers.get('location')]).toEqual([
      303,
      expect.not.stringContaining('handoff'),
    ]);
    expect(repeating.cookie('localhost', 'session')).toBeUndefined();
  });
});

it('a connect link that was written into the table invites nobody', async () => {
  await invite(site, 'acme');
  const [real] = await rowsOf('link');
  for (const forged of [{ ...real }, { ...real, mac: undefined, requester: 'Your bank' }]) {
    await site.put('logins', { ...forged, id: `link#${hashOf(planted)}` });
    const page = await new Browser().open(`${site.origin}/connect?link=${planted}`);
    expect([page.status, problemOn(page)]).toEqual([400, 'invalid_link']);
  }
});
