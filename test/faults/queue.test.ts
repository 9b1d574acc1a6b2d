import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../infra/local/aws/faults.ts';
import type { AwsCall } from '../../infra/local/environment.ts';
import { Browser } from '../support/browser.ts';
import { problemOn } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { always, type FaultySite, once, startFaultySite } from '../support/faulty-site.ts';

const minute = 60_000;

let site: FaultySite;

beforeAll(async () => {
  site = await startFaultySite({ demoMessages: 5 });
});
afterAll(() => site.close());
beforeEach(async () => {
  await site.forget();
  site.plan();
});
afterEach(async () => {
  site.plan();
  site.setClockOffset(0);
  await drainQueue(site);
});

const isSend = ({ action }: AwsCall) => action === 'SendMessageBatch';
const grants = () => site.items('grants');
const dayUnits = async () =>
  (await site.items('usage')).find(({ id }) => String(id).startsWith('day#'))?.['all'];

/** How a queue can fail, time after time. */
const failures: readonly (readonly [words: string, failure: Failure])[] = [
  ['drops connections', 'reset'],
  [
    'cuts answers off before it took anything',
    { answer: { status: 200, contentType: 'text/html', body: '<p>' } },
  ],
  [
    'answers without end',
    {
      answer: { status: 200, contentType: 'application/x-amz-json-1.0', body: Buffer.alloc(20_000_000, ' ') },
    },
  ],
  ['is throttled', { error: 'RequestThrottled', status: 403 }],
  ['fails', { error: 'InternalError', status: 500 }],
  ['is not there', { error: 'ServiceUnavailable', status: 503 }],
  ['may not be used', { error: 'AccessDeniedException' }],
  ['takes the call and not the message', { error: 'InternalError', entries: [0] }],
];

describe.each(failures)('while the queue %s', (_, failure) => {
  it('a tick gives back what it claimed, and charges nothing for it', async () => {
    await site.connected();
    await drainQueue(site);
    site.plan(always(isSend, failure));
    const scheduledAt = Date.now() + minute;
    await site.tick(scheduledAt);
    expect((await site.items('mailboxes'))[0]?.['claim']).toBeUndefined();
    expect(await dayUnits()).toBe(0);
    site.plan();
    await site.tick(scheduledAt + minute);
    await drainQueue(site);
    expect(await site.messages()).toHaveLength(5);
  });

  it('a disconnect is told as not done, and done by asking again', async () => {
    const browser = await site.connected();
    const ask = async () => {
      const { status, text } = await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
      return { status, body: JSON.parse(text) };
    };
    site.plan(always(isSend, failure));
    expect(await ask()).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
    expect(await grants()).toEqual([expect.objectContaining({ status: 'disconnecting' })]);
    site.plan();
    expect(await ask()).toEqual({ status: 202, body: { status: 'disconnected', revokedAtGoogle: true } });
    expect(await grants()).toEqual([]);
  });
});

it('a consent stands though the queue fails, and the day’s sweep starts its sync', async () => {
  const person = new Browser();
  const page = await site.consent(person, { stopBeforeCallback: true });
  site.plan(always(isSend, 'reset'));
  const answer = await person.open(page.headers.get('location') ?? '');
  expect([answer.status, problemOn(answer)]).toEqual([503, 'storage_unavailable']);
  expect(await grants()).toEqual([expect.objectContaining({ status: 'active' })]);
  site.plan();
  await site.invoke('sync-sweep', { scheduledTime: new Date().toISOString() });
  await drainQueue(site);
  await site.tick(Date.now() + minute);
  await drainQueue(site);
  expect(await site.messages()).toHaveLength(5);
});

it('a job whose message the queue took, and said so to nobody, runs once', async () => {
  await site.connected();
  await drainQueue(site);
  site.plan(once(isSend, 'lost'));
  await site.tick(Date.now() + minute);
  expect(site.callsOfPlan().filter(isSend)).toHaveLength(2);
  site.plan();
  await drainQueue(site);
  expect(site.logs.filter(({ fields }) => fields['event'] === 'job without a claim')).toEqual([]);
  expect(await site.messages()).toHaveLength(5);
  expect((await site.items('mailboxes'))[0]).toMatchObject({ phase: 'live', copied: 5 });
});

it('a queue that takes no connections holds nothing else up', async () => {
  const browser = await site.connected();
  await site.aws.refuse('sqs', true);
  try {
    await site.tick(Date.now() + minute);
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
    expect((await site.items('mailboxes'))[0]?.['claim']).toBeUndefined();
  } finally {
    await site.aws.refuse('sqs', false);
  }
  await site.tick(Date.now() + 2 * minute);
  await drainQueue(site);
  expect(await site.messages()).toHaveLength(5);
});
