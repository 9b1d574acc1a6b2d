import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { positionAt } from '../../lambdas/changes/position.ts';
import { hashOf } from '../../lambdas/secrets.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { ofStage, type Reading, readerOf, readings } from '../support/readings.ts';
import { type Site, startSite } from '../support/site.ts';
import { connectOwners, mailboxes, type Owned, type Owner } from '../support/two-owners.ts';
import { problemIn, type WireAnswer } from '../support/wire.ts';

let site: Site;
let owned: Record<Owner, Owned>;
let read: ReturnType<typeof readerOf>;
/** What would tell of acme's mailbox, wherever it stood. */
let acmes: readonly string[];

beforeAll(async () => {
  site = await startSite({ demoMessages: 6, signUp: 'links-only' });
  owned = await connectOwners(site);
  read = readerOf(site);
  for (const minutes of [10, 20]) {
    site.setClockOffset(minutes * 60_000);
    await site.tick();
    await drainQueue(site);
  }
  const { accountId, messageIds } = owned.acme;
  acmes = [accountId, mailboxes.acme, ...messageIds];
  expect(owned.globex.messageIds.filter((id) => acmes.includes(id))).toEqual([]);
});
afterAll(() => site.close());

function globexs(kind: string): Reading {
  const reading = readings[kind];
  if (reading === undefined) throw new Error(`There is no ${kind}.`);
  return reading(owned.globex);
}

/** The cursor or page token that an answer ends with. */
function tokenIn({ status, text }: WireAnswer): string | undefined {
  expect(status).toBe(200);
  return /"(?:cursor|nextPageToken)":"([^"]+)"/.exec(text)?.[1];
}

const everything = async () => [
  await site.items('grants'),
  await site.items('mailboxes'),
  await site.items('changes'),
];

/** Whatever is brought, the answer tells nothing of acme, is no fault of ours, and changes nothing. */
async function tellsNothing(reading: Reading, tokens: readonly string[]): Promise<number[]> {
  const before = await everything();
  const statuses: number[] = [];
  for (const token of tokens) {
    const answer = await read(reading, token);
    expect([token, answer.status, problemIn(answer)]).toSatisfy(
      () => answer.status === 200 || ['invalid_request', 'cursor_too_old'].includes(problemIn(answer) ?? ''),
    );
    expect(acmes.filter((word) => answer.text.includes(word))).toEqual([]);
    if (token.length > 8) expect(JSON.stringify(site.logs)).not.toContain(token);
    statuses.push(answer.status);
  }
  expect(await everything()).toEqual(before);
  return statuses;
}

const encoded = (text: string) => Buffer.from(text).toString('base64url');

describe('another’s cursors and page tokens, of every kind, on every list and feed', () => {
  it.each(Object.keys(readings))('%s', async (kind) => {
    const theirs: string[] = [];
    for (const reading of [...Object.values(readings).map((of) => of(owned.acme)), ...ofStage]) {
      const token = tokenIn(await read(reading));
      if (token !== undefined) theirs.push(token);
    }
    expect(theirs.length).toBeGreaterThan(8);
    const reading = globexs(kind);
    const statuses = await tellsNothing(reading, theirs);
    // A place in a list by date, or in one of Gmail's, is a place in every such list; no other kind is taken.
    const alike = /copy|live/.test(kind) ? 2 : 0;
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(alike);
  });
});

describe('cursors and page tokens that are altered, cut, too long, or of nothing', () => {
  it.each(Object.keys(readings))('%s', async (kind) => {
    const reading = globexs(kind);
    const own = tokenIn(await read(reading)) ?? encoded('none');
    const text = Buffer.from(own, 'base64url').toString();
    const altered = [0, 1, Math.floor(own.length / 2), own.length - 1].map(
      (place) => `${own.slice(0, place)}${own[place] === 'A' ? 'B' : 'A'}${own.slice(place + 1)}`,
    );
    const forms = [
      own.slice(1),
      own.slice(0, -1),
      own.slice(0, 3),
      `${own}${own}`,
      `${own}.${own}`,
      ` ${own}`,
    ];
    const insides = [
      `${text}\u0000`,
      `${text}#x`,
      `${text}'--`,
      text.toUpperCase(),
      '',
      '#',
      '.',
      '{}',
      '\ud800',
    ];
    const nothing = [
      '',
      '0',
      '-1',
      'null',
      'undefined',
      '__proto__',
      '%',
      '../',
      'a'.repeat(501),
      'A'.repeat(5_000),
    ];
    await tellsNothing(reading, [...altered, ...forms, ...insides.map(encoded), ...nothing]);
  });
});

describe('a cursor that is made up', () => {
  // How one is made is no secret: what it opens, the caller alone decides.
  const places = () => [
    `${positionAt(Date.now())}#${owned.acme.accountId}`,
    `${positionAt(Date.now() - 3_600_000)}#${owned.acme.accountId}`,
    positionAt(Date.now() - 15 * 86_400_000),
    positionAt(Date.now() + 86_400_000),
    '0'.repeat(20),
    '9'.repeat(20),
    `${'9'.repeat(20)}#${'~'.repeat(255)}`,
  ];

  it.each<[string, string, () => string]>([
    ['a session’s', 'a session’s feed', () => `account#${owned.globex.accountId}`],
    ['an account’s', 'an account’s feed', () => `account#${owned.globex.accountId}`],
    [
      'an account’s within its owner',
      'its feed within the owner',
      () => `account#${owned.globex.accountId}#globex`,
    ],
    ['an owner’s', 'an owner’s feed', () => 'owner#globex'],
  ])('holds a place, and opens no other feed: %s', async (_, kind, nameOf) => {
    const reading = globexs(kind);
    const made = places().map((place) => encoded(`${hashOf(nameOf()).slice(0, 12)}.${place}`));
    expect(await tellsNothing(reading, made)).toContain(200);
    const others = [`account#${owned.acme.accountId}`, 'owner#acme', 'all', 'all#0', 'published'];
    const foreign = others.map((name) => encoded(`${hashOf(name).slice(0, 12)}.${positionAt(Date.now())}`));
    expect(new Set(await tellsNothing(reading, foreign))).toEqual(new Set([400]));
  });

  it('for the copy holds a date, and opens no other copy', async () => {
    const theirs = (await site.messages()).filter(({ mailbox }) =>
      String(mailbox).startsWith(owned.acme.accountId),
    );
    expect(theirs).not.toEqual([]);
    const made = theirs.map(({ dateKey }) => encoded(String(dateKey)));
    const newest = encoded(`${String(Date.now()).padStart(15, '0')}#${'z'.repeat(300)}`);
    for (const kind of ['a session’s copy', 'an account’s copy']) {
      const reading = globexs(kind);
      expect(await tellsNothing(reading, [...made, newest])).toContain(200);
    }
  });

  it('for the accounts holds a number, and opens no other owner’s list', async () => {
    const reading = globexs('an owner’s accounts');
    const which = hashOf(JSON.stringify(['globex', null, null])).slice(0, 22);
    const made = ['0', owned.acme.accountId, owned.globex.accountId, '~'.repeat(255)].map((id) =>
      encoded(`${which}.${id}`),
    );
    expect(await tellsNothing(reading, made)).toEqual([200, 200, 200, 200]);
    const others = [
      ['acme', null, null],
      [null, null, null],
      ['globex', null, 'active'],
    ];
    const foreign = others.map((query) => encoded(`${hashOf(JSON.stringify(query)).slice(0, 22)}.0`));
    expect(await tellsNothing(reading, foreign)).toEqual([400, 400, 400]);
  });
});
