import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../infra/local/aws/faults.ts';
import type { AwsCall } from '../../infra/local/environment.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { always, type FaultPlan, type FaultySite, startFaultySite } from '../support/faulty-site.ts';

const minute = 60_000;

let site: FaultySite;

beforeAll(async () => {
  site = await startFaultySite({ demoMessages: 5 });
});
afterAll(() => site.close());

let told = 0;
let minutes = 0;

beforeEach(async () => {
  await site.forget();
  told = site.aws.events().length;
  minutes = 0;
  await site.connected();
  await drainQueue(site);
  await later();
  // The first copy is compared by the next job.
  await later();
});
afterEach(() => {
  site.plan();
  site.setClockOffset(0);
});

/** A tick later, with what it starts. */
async function later(): Promise<void> {
  minutes += 10;
  site.setClockOffset(minutes * minute);
  await site.tick();
  await drainQueue(site);
}

/** A run of the publisher, a minute after what was told last. */
async function publish(): Promise<'well' | 'failed'> {
  minutes += 1;
  site.setClockOffset(minutes * minute);
  return site.invoke('changes-publish', { scheduledTime: new Date().toISOString() }).then(
    () => 'well' as const,
    () => 'failed' as const,
  );
}

const isPut = ({ action }: AwsCall) => action === 'PutEvents';
const events = () => site.aws.events().slice(told);
const types = () => events().map((event) => event['detail-type']);
const reached = async () => (await site.items('changes')).filter(({ feed }) => feed === 'published');

/** Fails the first calls, and lets the others through. */
function first(count: number, isMeant: (call: AwsCall) => boolean, failure: Failure): FaultPlan {
  let left = count;
  return (call) => (isMeant(call) && left-- > 0 ? failure : undefined);
}

const everything = ['connected', 'added', 'caught_up'];

describe('an event bus', () => {
  it.each<[string, Failure]>([
    ['drops connections', 'reset'],
    ['is throttled', { error: 'ThrottlingException' }],
    ['fails', { error: 'InternalException', status: 500 }],
    ['is not there', { error: 'ServiceUnavailable', status: 503 }],
    ['answers with a page', { answer: { status: 200, contentType: 'text/html', body: '<p>' } }],
    ['answers with half', { answer: { status: 200, contentType: 'application/json', body: '{"Entr' } }],
    ['takes the call and not the events', { error: 'InternalException', entries: [0] }],
  ])('that %s for a while is told everything by the same run, in order', async (_, failure) => {
    site.plan(first(3, isPut, failure));
    expect(await publish()).toBe('well');
    expect(types()).toEqual(everything);
    expect(await publish()).toBe('well');
    expect(types()).toEqual(everything);
  });

  it.each<[string, Failure]>([
    ['may not be used', { error: 'AccessDeniedException' }],
    ['is gone', { error: 'ResourceNotFoundException' }],
  ])('that %s ends the run as a failure, and is told everything when that is mended', async (_, failure) => {
    site.plan(always(isPut, failure));
    expect(await publish()).toBe('failed');
    expect(site.callsOfPlan().filter(isPut).length).toBeLessThanOrEqual(3);
    expect([types(), await reached()]).toEqual([[], []]);
    site.plan();
    expect(await publish()).toBe('well');
    expect(types()).toEqual(everything);
  });

  it.each(['lost', 'cut'] as const)(
    'whose answer is %s may hear a thing twice, in order',
    async (failure) => {
      site.plan(first(1, isPut, failure));
      expect(await publish()).toBe('well');
      expect(types()).toEqual(['connected', ...everything]);
      const sequences = events().map(({ detail }) => String(detail['sequence']));
      expect(sequences.toSorted()).toEqual(sequences);
    },
  );

  it('that takes no connections for a while misses nothing', async () => {
    await site.aws.refuse('eventbridge', true);
    const run = publish();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await site.aws.refuse('eventbridge', false);
    expect(await run).toBe('well');
    expect(types()).toEqual(everything);
  });
});

describe('a publisher that cannot', () => {
  it.each([
    ['read how far the bus was told', 'GetItem'],
    ['read the feed', 'Query'],
    ['write down how far the bus was told', 'UpdateItem'],
  ])('%s fails its run, and the next tells what is left', async (_, action) => {
    site.plan(
      always(({ functionName, ...call }) => functionName === 'changes-publish' && call.action === action, {
        error: 'AccessDeniedException',
      }),
    );
    expect(await publish()).toBe('failed');
    site.plan();
    expect(await publish()).toBe('well');
    expect([...new Set(types())]).toEqual(everything);
    expect(await publish()).toBe('well');
    expect(types().filter((type) => type === 'caught_up')).toHaveLength(1);
  });
});
