import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashOf } from '../../lambdas/secrets.ts';
import { Browser, type Page } from '../support/browser.ts';
import { problemOn } from '../support/callers.ts';
import { putSigned } from '../support/login-rows.ts';
import { type Site, startSite } from '../support/site.ts';
import { type TokenKeyHands, tokenKeyOf } from '../support/token-key.ts';

const pendingRow = v.looseObject({ id: v.string(), clientId: v.string(), sealed: v.instance(Uint8Array) });
type PendingRow = v.InferOutput<typeof pendingRow>;

let site: Site;
let key: TokenKeyHands;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3 });
  key = tokenKeyOf(site);
});
afterAll(async () => {
  key.close();
  await site.close();
});
beforeEach(() => site.admin('DELETE', '/faults'));

/** A person who has said yes at Google and is about to come back. */
interface Returning {
  readonly browser: Browser;
  readonly callback: string;
  readonly row: PendingRow;
}

async function comeBack(account: string): Promise<Returning> {
  const browser = new Browser();
  const page = await site.consent(browser, { account, stopBeforeCallback: true });
  const callback = page.headers.get('location') ?? '';
  const id = `state#${hashOf(new URL(callback).searchParams.get('state') ?? '')}`;
  const row = v.parse(
    pendingRow,
    (await site.items('logins')).find((item) => item['id'] === id),
  );
  return { browser, callback, row };
}

const arrive = ({ browser, callback }: Returning): Promise<Page> => browser.open(callback);

async function exchanges(): Promise<number> {
  const list = v.object({ faults: v.array(v.object({ fired: v.number() })) });
  const { faults } = v.parse(list, await site.admin('GET', '/faults'));
  return faults.reduce((sum, { fired }) => sum + fired, 0);
}

describe('what is sealed of a consent under way', () => {
  it.each<[string, string, (own: PendingRow, others: PendingRow) => unknown]>([
    ['another browser’s', 'grant_unreadable', (_, others) => others.sealed],
    ['cut', 'grant_unreadable', (own) => own.sealed.slice(0, -1)],
    [
      'changed by one bit',
      'grant_unreadable',
      (own) => own.sealed.map((byte, at) => (at === 50 ? byte ^ 4 : byte)),
    ],
    ['empty', 'grant_unreadable', () => new Uint8Array()],
    ['text', 'grant_unreadable', () => 'verifier.nonce'],
    [
      'of the right form, under another consent’s name',
      'grant_unreadable',
      ({ clientId }) => key.encrypt('verifier.nonce', { ...binding(clientId), loginId: 'another' }),
    ],
    [
      'of the right form, as a token',
      'grant_unreadable',
      ({ clientId }) =>
        key.encrypt('verifier.nonce', {
          service: 'gmail-offline-access',
          accountId: '1',
          clientId,
          tokenKind: 'refresh',
        }),
    ],
    ['gone', 'invalid_state', () => undefined],
  ])('and is %s ends that consent as %s before Google is asked, and no other', async (_, code, sealed) => {
    const [one, other] = [await comeBack('ada@example.com'), await comeBack('grace@example.com')];
    const grants = await site.items('grants');
    // As if the login key were known, so that the token key alone stands in the way.
    await putSigned(site, { ...one.row, sealed: await sealed(one.row, other.row) });
    await site.fault('token.code', { delayMs: 0 }, 0);
    const page = await arrive(one);
    expect(problemOn(page)).toBe(code);
    expect(page.url).not.toContain('code=');
    expect(await exchanges()).toBe(0);
    expect(await site.items('grants')).toEqual(grants);
    expect(one.browser.cookie('localhost', 'session')).toBeUndefined();
    expect((await arrive(other)).status).toBe(200);
    expect(other.browser.cookie('localhost', 'session')).toBeDefined();
    // Whoever was stopped starts again, and that is all it takes.
    expect((await site.consent(one.browser, { account: 'ada@example.com' })).status).toBe(200);
  });
});

const binding = (clientId: string) => ({ service: 'gmail-offline-access', clientId, tokenKind: 'login' });
