import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectInStep, heardBy, Minutes } from '../support/copy-and-feed.ts';
import { connectedPerson, disconnect, expectErased } from '../support/disconnect-race.ts';
import { drainQueue } from '../support/drain-queue.ts';
import type { NewPerson } from '../support/people.ts';
import { again, eventOf, putMessage, type TakenMessage, takeMessage } from '../support/queue-messages.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let time: Minutes;
let person: NewPerson;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1 });
});
afterAll(() => site.close());
beforeEach(async () => {
  time = new Minutes(site);
  person = await connectedPerson(site);
  await time.tick();
  await expectInStep(site, person);
});

const work = (event: unknown) => site.invoke('sync-mailbox', event);

/** What the worker answers when it could not do these messages. */
const failed = (...ids: unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

/** Everything that a message of the queue can change, and what was asked of Gmail. */
async function everything() {
  const { units } = v.parse(v.object({ units: v.number() }), await site.admin('GET', '/usage'));
  return {
    units,
    grants: await site.items('grants'),
    mailboxes: await site.items('mailboxes'),
    messages: await site.messages(),
    changes: (await site.items('changes')).map(withoutTime),
  };
}

/** The record of an erasure says when it was begun last; all else of it stays. */
function withoutTime(item: Record<string, unknown>): Record<string, unknown> {
  if (!String(item['feed']).startsWith('erased#')) return item;
  const { at: _, expiresAt: __, ...rest } = item;
  return rest;
}

async function expectNothingDone(act: () => Promise<unknown>): Promise<void> {
  const before = await everything();
  await act();
  expect(await everything()).toEqual(before);
}

async function taken(kind: string): Promise<TakenMessage> {
  const message = await takeMessage(site);
  if (message === undefined) throw new Error('The queue is empty.');
  expect(message.body).toContain(`"kind":"${kind}"`);
  return message;
}

/** A job that brings one new message. */
async function newJob(): Promise<TakenMessage> {
  await site.admin('POST', `/accounts/${person.email}/messages`, { subject: 'New' });
  await site.tick(time.pass(6));
  return taken('sync');
}

const generation = async () => String((await site.items('grants'))[0]?.['generation']);

/** Disconnects and connects anew; gives the message that erases the first copy, which nobody has worked on. */
async function connectAnew(): Promise<TakenMessage> {
  await disconnect(site, person.browser);
  const erasure = await taken('erase');
  await site.consent(person.browser, { account: person.email });
  return erasure;
}

describe('a message that comes twice', () => {
  it('is a job done once: nothing more is asked of Gmail, told or counted', async () => {
    const job = await newJob();
    await work(job.event);
    await expectNothingDone(() => work(again(job.event)));
    await job.done();
    await expectInStep(site, person);
    expect((await heardBy(site, person.browser)).types.filter((type) => type === 'added')).toHaveLength(2);
  });

  it('leaves copy, count and feed right, even at the same moment, which the queue does not let happen', async () => {
    const job = await newJob();
    await Promise.all([work(job.event), work(job.event), work(again(job.event))]);
    await job.done();
    await time.tick();
    await time.tick(16);
    await expectInStep(site, person);
  });

  it('is an erasure done once', async () => {
    await disconnect(site, person.browser);
    const erasure = await taken('erase');
    await Promise.all([work(erasure.event), work(again(erasure.event))]);
    await work(again(erasure.event));
    await erasure.done();
    await expectErased(site);
  });
});

describe('a message that comes late', () => {
  it('does nothing a day later, when others have done the job', async () => {
    const job = await newJob();
    await time.tick(16);
    await job.done();
    await time.tick();
    time.pass(24 * 60);
    await expectNothingDone(() => work(again(job.event)));
  });

  it('does nothing once a newer job has the mailbox', async () => {
    const older = await newJob();
    await older.done();
    await site.tick(time.pass(16));
    const newer = await taken('sync');
    await expectNothingDone(() => work(older.event));
    await work(newer.event);
    await newer.done();
    await expectInStep(site, person);
  });

  it('does nothing when its generation has ended', async () => {
    const job = await newJob();
    await job.done();
    const erasure = await connectAnew();
    await expectNothingDone(() => work(job.event));
    await erasure.done();
  });

  it('erases the ended copy alone, when the account is connected anew', async () => {
    const erasure = await connectAnew();
    await erasure.done();
    await drainQueue(site);
    await time.tick();
    await expectInStep(site, person);
    const before = await everything();
    await work(again(erasure.event));
    const { changes, ...rest } = await everything();
    const { changes: _, ...restBefore } = before;
    expect(rest).toEqual(restBefore);
    // That it was connected anew says as much as that it was disconnected: nobody takes the one for the other's end.
    expect(changes).toEqual(before.changes);
  });

  it('does not tell of a connection once its end is told', async () => {
    const announcement = {
      kind: 'connected',
      accountId: person.accountId,
      generation: await generation(),
      jobId: 'late',
    };
    await disconnect(site, person.browser);
    await drainQueue(site);
    await expectNothingDone(() => work(eventOf(announcement)));
    await expectErased(site);
  });

  it('does not tell of the connection of a generation that ended before anything was told of it', async () => {
    const announcement = {
      kind: 'connected',
      accountId: person.accountId,
      generation: 'one-before',
      jobId: 'late',
    };
    await expectNothingDone(() => work(eventOf(announcement)));
  });
});

describe('a message that is none of ours', () => {
  const strange = [
    ['no JSON', 'Nothing of ours <b>'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['an unknown kind', '{"kind":"purge","accountId":"1","generation":"2","jobId":"3"}'],
    ['a kind alone', '{"kind":"erase"}'],
    ['a number for an account', '{"kind":"erase","accountId":1,"generation":"2","jobId":"3"}'],
    ['no generation', '{"kind":"erase","accountId":"1","jobId":"3"}'],
    ['a list of generations', '{"kind":"erase","accountId":"1","generation":["2"],"jobId":"3"}'],
  ] as const;

  it.each(strange)('is refused and changes nothing: %s', async (_, body) => {
    await expectNothingDone(async () => expect(await work(eventOf(body))).toEqual(failed('message-0')));
    expect(site.logs.at(-1)).toMatchObject({
      level: 'error',
      functionName: 'sync-mailbox',
      fields: { event: 'message failed', errorName: 'UnknownSyncMessage' },
    });
    if (body.length > 5) expect(JSON.stringify(site.logs)).not.toContain(JSON.stringify(body).slice(1, -1));
  });

  it('goes to the dead letters after five deliveries, and holds up its mailbox no longer', async () => {
    await putMessage(site, person.accountId, '{"kind":"purge"}');
    await site.admin('POST', `/accounts/${person.email}/messages`, { subject: 'Behind it' });
    await site.tick(time.pass(6));
    for (let delivery = 1; delivery <= 5; delivery++) {
      const poison = await takeMessage(site, 0);
      expect(poison?.body).toBe('{"kind":"purge"}');
      expect(await work(poison?.event)).toEqual(failed(poison?.event.Records[0]?.messageId));
    }
    await drainQueue(site);
    await expectInStep(site, person);
  });

  it('may know more than we do: a word that is unknown is passed over', async () => {
    const job = await newJob();
    await work(eventOf({ ...JSON.parse(job.body), schemaVersion: 99, priority: 'high' }));
    await job.done();
    await expectInStep(site, person);
  });
});

describe('an event of several messages', () => {
  it('does nothing where it has none', async () => {
    await expectNothingDone(() => work({ Records: [] }));
  });

  it('does the others of a mailbox and all others, although one is none of ours', async () => {
    const job = await newJob();
    const event = eventOf('no JSON', job.body, '{"kind":"purge"}', job.body);
    expect(await work(event)).toEqual(failed('message-0', 'message-2'));
    await job.done();
    await expectInStep(site, person);
  });

  it('leaves those of a mailbox that stand behind one that failed, in their order', async () => {
    const job = await newJob();
    const strange = { kind: 'purge', accountId: person.accountId };
    const event = eventOf(strange, 'no JSON', job.body);
    await expectNothingDone(async () =>
      expect(await work(event)).toEqual(failed('message-0', 'message-1', 'message-2')),
    );
    expect(await work(eventOf(job.body, strange, job.body))).toEqual(failed('message-1', 'message-2'));
    await job.done();
    await expectInStep(site, person);
  });

  it('has each done once, although it comes whole once more', async () => {
    const job = await newJob();
    const event = eventOf(job.body, job.body, 'no JSON');
    expect(await work(event)).toEqual(failed('message-2'));
    await expectNothingDone(async () => expect(await work(again(event))).toEqual(failed('message-2')));
    await job.done();
    await expectInStep(site, person);
  });
});
