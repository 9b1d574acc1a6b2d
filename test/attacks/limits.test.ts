import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson, type Person } from '../support/google-faults.ts';
import { type Site, startSite } from '../support/site.ts';
import { type SyncRounds, syncRounds } from '../support/sync-rounds.ts';

let site: Site;
let rounds: SyncRounds;
let person: Person;

async function open(minute: number): Promise<void> {
  site = await startSite({ demoMessages: 3, syncIntervalSeconds: minute / 1_000 });
  rounds = syncRounds(site);
  person = await newPerson(site, 'in-a-loop', 4);
}

async function close(): Promise<void> {
  rounds.close();
  await site.close();
}

describe('a caller who asks for comparisons in a loop', () => {
  /** The sync's minute here, in milliseconds. */
  const minute = 2_000;

  beforeAll(async () => {
    await open(minute);
    // The first copy, then its comparison.
    for (const wait of [0, 10 * minute, 10 * minute]) await rounds.runAfter(wait);
  });
  afterAll(close);

  const ask = () => person.browser.fetch(`${site.origin}/mailbox/verify`, { method: 'POST' });
  const lastVerify = async () => (await site.items('mailboxes'))[0]?.['lastVerify'];
  const isOfCaller = (verify: unknown) => v.is(v.object({ because: v.literal('requested') }), verify);

  it('gets one an hour, and is told when the next one can be asked for', async () => {
    const asked = new Set<string>();
    const answers = [];
    for (let round = 0; round < 6; round++) {
      answers.push(await ask());
      await rounds.runAfter(2 * minute);
      const verify = await lastVerify();
      if (isOfCaller(verify)) asked.add(JSON.stringify(verify));
    }
    expect(asked.size).toBe(1);
    // While the comparison waits or runs, it serves all who ask.
    expect(answers.map(({ status }) => status).join(' ')).toMatch(/^(202 ){1,2}(429 ?){4,5}$/);
    const seconds = Number(answers.at(-1)?.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    await rounds.runAfter(seconds * 1_000);
    expect((await ask()).status).toBe(202);
  });
});

describe('a caller who reads messages in a loop', () => {
  beforeAll(() => open(60_000));
  afterAll(close);

  it('is refused before the mailbox’s minute at Gmail is used up, and the sync goes on', async () => {
    const [message] = await site.truth(person.account);
    const read = () => person.browser.fetch(`${site.origin}/messages/${message?.id}`);
    let answer = await read();
    let answered = 0;
    for (; answer.status === 200 && answered < 400; answered++) answer = await read();
    // At 20 units each, of 6,000: half of 95 % of a minute, twice if one ended meanwhile.
    expect(answered).toBeLessThanOrEqual(285);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(JSON.parse(answer.text).detail).toMatch(/^Live requests have used up their share/);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await rounds.runAfter(0);
    const [mailbox] = await site.items('mailboxes');
    expect(mailbox).toMatchObject({ copied: 4 });
    expect(mailbox).not.toHaveProperty('lastError');
  });
});
