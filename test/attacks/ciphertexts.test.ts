import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { type Site, startSite } from '../support/site.ts';
import { type TokenKeyHands, tokenKeyOf } from '../support/token-key.ts';

const [ada, grace] = ['ada@example.com', 'grace@example.com'];

const grantRow = v.looseObject({
  accountId: v.string(),
  clientId: v.string(),
  email: v.string(),
  refreshToken: v.instance(Uint8Array),
  accessToken: v.instance(Uint8Array),
});
type GrantRow = v.InferOutput<typeof grantRow>;

let site: Site;
let key: TokenKeyHands;
let [adas, graces]: Browser[] = [];
/** The rows as the consents left them. */
let whole: { ada: GrantRow; grace: GrantRow };

beforeAll(async () => {
  site = await startSite({ demoMessages: 8 });
  key = tokenKeyOf(site);
  adas = await site.connected({ account: ada });
  graces = await site.connected({ account: grace });
  whole = { ada: await rowOf(ada), grace: await rowOf(grace) };
});
afterAll(async () => {
  key.close();
  await site.close();
});
beforeEach(() => site.admin('DELETE', '/faults'));

async function rowOf(email: string): Promise<GrantRow> {
  const rows = v.parse(v.array(grantRow), await site.items('grants'));
  const row = rows.find((candidate) => candidate.email === email);
  if (row === undefined) throw new Error(`${email} has no grant.`);
  return row;
}

/** Puts Ada's row as it was, but for these attributes, under a consent that no process has in memory. */
async function put(changes: Record<string, unknown>): Promise<Record<string, unknown>> {
  const row = { ...whole.ada, consentId: randomUUID(), ...changes };
  await site.put('grants', row);
  return JSON.parse(JSON.stringify(row));
}

/** How many bytes of a ciphertext name the key, at the local KMS. */
const keyNameBytes = 16;

/** Without an access token the refresh token has to be read. */
const withoutAccess = { accessToken: undefined, accessTokenExpiresAt: undefined };

/** The status, the problem's code and the messages of a live list. */
async function list(browser: Browser | undefined) {
  const page = await browser?.fetch(`${site.origin}/messages`);
  const { code, messages = [] } = JSON.parse(page?.text ?? '{}');
  return { status: page?.status, code, ids: messages.map(({ id }: { id: string }) => id) };
}

const idsOf = async (email: string) => (await site.truth(email)).map(({ id }) => id);

async function expectOnlyAdaIsStopped(codes: readonly string[], stored: Record<string, unknown>) {
  const stopped = await list(adas);
  expect(codes).toContain(stopped.code);
  expect(stopped.ids).toEqual([]);
  // Nothing was mended, marked or taken away on the strength of a ciphertext that does not decrypt.
  expect(JSON.parse(JSON.stringify(await rowLike(ada)))).toEqual(stored);
  expect(await list(graces)).toMatchObject({ status: 200, ids: await idsOf(grace) });
  await put(withoutAccess);
  expect(await list(adas)).toMatchObject({ status: 200, ids: await idsOf(ada) });
}

const rowLike = async (email: string) => (await site.items('grants')).find((row) => row['email'] === email);

const contextOf = ({ accountId, clientId }: GrantRow, tokenKind: string) => ({
  service: 'gmail-offline-access',
  accountId,
  clientId,
  tokenKind,
});

type Bytes = (rows: typeof whole) => unknown;

describe('a stored refresh token that is', () => {
  it.each<[string, Bytes]>([
    ['another account’s', (rows) => rows.grace.refreshToken],
    ['the access token of the same row', (rows) => rows.ada.accessToken],
    ['empty', () => new Uint8Array()],
    ['one byte', (rows) => rows.ada.refreshToken.slice(0, 1)],
    ['cut in half', (rows) => rows.ada.refreshToken.slice(0, rows.ada.refreshToken.length / 2)],
    ['short of its last byte', (rows) => rows.ada.refreshToken.slice(0, -1)],
    ['one byte longer', (rows) => new Uint8Array([...rows.ada.refreshToken, 0])],
    ['longer than KMS takes', (rows) => new Uint8Array([...rows.ada.refreshToken, ...Array(6_144).fill(0)])],
    ['text', () => '1//0-a-refresh-token-in-clear'],
    ['the ciphertext as base64', (rows) => Buffer.from(rows.ada.refreshToken).toString('base64')],
    ['a list', () => [1, 2, 3]],
    ['missing', () => undefined],
  ])('%s cannot be read, and nothing comes of it', async (_, bytes) => {
    const stored = await put({ ...withoutAccess, refreshToken: bytes(whole) });
    await expectOnlyAdaIsStopped(['grant_unreadable'], stored);
  });

  it('changed by one bit, wherever that is, cannot be read', async () => {
    const { refreshToken } = whole.ada;
    const step = Math.ceil(refreshToken.length / 16);
    const codes = new Map<number, unknown>();
    for (let position = 0; position < refreshToken.length; position += step) {
      const flipped = refreshToken.slice();
      flipped[position] = (flipped[position] ?? 0) ^ (1 << (position % 8));
      await put({ ...withoutAccess, refreshToken: flipped });
      codes.set(position, (await list(adas)).code);
    }
    expect(codes.size).toBeGreaterThan(10);
    // A ciphertext begins with the name of its key. One that KMS does not know may be one that it may not use now.
    for (const [position, code] of codes) {
      expect(position < keyNameBytes ? 'vault_unavailable' : 'grant_unreadable', `byte ${position}`).toBe(
        code,
      );
    }
    const flipped = refreshToken.map((byte, index) =>
      index === refreshToken.length - 1 ? byte ^ 128 : byte,
    );
    await expectOnlyAdaIsStopped(
      ['grant_unreadable'],
      await put({ ...withoutAccess, refreshToken: flipped }),
    );
  });

  it('made under another key cannot be read, though its context is right', async () => {
    const other = await key.newKey();
    const refreshToken = await key.encrypt('1//0-planted', contextOf(whole.ada, 'refresh'), other);
    await expectOnlyAdaIsStopped(['grant_unreadable'], await put({ ...withoutAccess, refreshToken }));
  });

  it.each<[string, (right: Record<string, string>) => Record<string, string>]>([
    ['no context', () => ({})],
    ['another service', (right) => ({ ...right, service: 'another' })],
    ['another account', (right) => ({ ...right, accountId: '1' })],
    ['another client', (right) => ({ ...right, clientId: 'another' })],
    ['another kind', (right) => ({ ...right, tokenKind: 'login' })],
    ['one pair more', (right) => ({ ...right, more: 'x' })],
    ['one pair less', ({ clientId: _, ...right }) => right],
  ])('made under the key with %s cannot be read', async (_, change) => {
    const refreshToken = await key.encrypt('1//0-planted', change(contextOf(whole.ada, 'refresh')));
    await expectOnlyAdaIsStopped(['grant_unreadable'], await put({ ...withoutAccess, refreshToken }));
  });

  it('unreadable is replaced by a new consent, and until then pauses its mailbox’s sync alone', async () => {
    await put({ ...withoutAccess, refreshToken: whole.grace.refreshToken });
    await syncOnce();
    const phases = async () =>
      Object.fromEntries((await site.items('mailboxes')).map((row) => [row['accountId'], row['phase']]));
    const { accountId } = whole.ada;
    expect(await phases()).toEqual({ [accountId]: 'paused', [whole.grace.accountId]: 'live' });
    adas = await site.connected({ account: ada });
    expect(await list(adas)).toMatchObject({ status: 200, ids: await idsOf(ada) });
    expect(await phases()).not.toMatchObject({ [accountId]: 'paused' });
    const copies = (await site.messages()).filter(({ mailbox }) => String(mailbox).startsWith(accountId));
    expect(copies).toEqual([]);
    whole = { ...whole, ada: await rowOf(ada) };
  });
});

/** One dispatch and all that comes of it. */
async function syncOnce(): Promise<void> {
  // Past the tick in which the mailboxes were connected.
  site.setClockOffset(2 * 60_000);
  await site.tick();
  await drainQueue(site);
}

describe('a stored access token that is', () => {
  it.each<[string, Bytes]>([
    ['another account’s', (rows) => rows.grace.accessToken],
    ['the refresh token of the same row', (rows) => rows.ada.refreshToken],
    [
      'changed by one bit',
      (rows) => rows.ada.accessToken.map((byte, index) => (index === 60 ? byte ^ 1 : byte)),
    ],
    ['empty', () => new Uint8Array()],
    ['text', () => 'ya29.an-access-token-in-clear'],
  ])('%s is not used; Google is asked for another, which takes its place', async (_, bytes) => {
    await site.fault('token.refresh', { delayMs: 0 }, 0);
    await put({ accessToken: bytes(whole) });
    expect(await list(adas)).toMatchObject({ status: 200, ids: await idsOf(ada) });
    const { faults } = v.parse(
      v.object({ faults: v.array(v.object({ fired: v.number() })) }),
      await site.admin('GET', '/faults'),
    );
    expect(faults).toEqual([{ fired: 1 }]);
    const row = await rowOf(ada);
    expect(row.refreshToken).toEqual(whole.ada.refreshToken);
    // The new one is of this row: a process that has nothing in memory reads it.
    await put({ accessToken: row.accessToken });
    expect(await list(adas)).toMatchObject({ status: 200, ids: await idsOf(ada) });
    expect(await list(graces)).toMatchObject({ status: 200, ids: await idsOf(grace) });
  });
});
