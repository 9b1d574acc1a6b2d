import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { bundleModules } from '../../../infra/bundle.ts';
import { InvocationTimeoutError } from '../../../infra/local/api-gateway.ts';
import {
  type FunctionHostOptions,
  hostFunctions,
  type SpareWorkers,
} from '../../../infra/local/functions.ts';
import type { LogRecord } from '../../../infra/local/log-record.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function start(options: Partial<FunctionHostOptions> = {}) {
  const records: LogRecord[] = [];
  const host = hostFunctions({
    entry: () => new URL('../../support/functions/stand-in.ts', import.meta.url),
    environment: (name) => ({ NAME: name }),
    onLog: (record) => records.push(record),
    ...options,
  });
  onTestFinished(() => host.close());
  const ask = (name: string, act: string, value = '') =>
    host.invoke(name, { queryStringParameters: { act, value } });
  return { host, ask, records };
}

test('each function keeps its own module state from one invocation to the next', async () => {
  const { ask } = start();
  expect(await ask('one', 'count')).toEqual({ invocations: 1 });
  expect(await ask('one', 'count')).toEqual({ invocations: 2 });
  expect(await ask('other', 'count')).toEqual({ invocations: 1 });
});

test('a function’s environment is what it was given and nothing else', async () => {
  const { ask } = start();
  expect(await ask('one', 'environment')).toEqual({ NAME: 'one' });
  expect(await ask('other', 'environment')).toEqual({ NAME: 'other' });
});

test('a function gets the event and a context', async () => {
  const { host } = start({
    entry: () => new URL('../../support/functions/mirror.ts', import.meta.url),
  });
  expect(await host.invoke('one', { a: [1] })).toEqual({
    event: { a: [1] },
    functionName: 'one',
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
});

test('an answer passes through JSON, as on Lambda', async () => {
  const { ask } = start();
  expect(await ask('one', 'answer', '{"a":1}')).toEqual({ a: 1 });
});

test('invocations of one function overlap', async () => {
  const { ask } = start();
  const order: string[] = [];
  const slow = ask('one', 'wait', '300').then(() => order.push('slow'));
  expect(await ask('one', 'count')).toEqual({ invocations: 2 });
  order.push('quick');
  await slow;
  expect(order).toEqual(['quick', 'slow']);
});

test('a handler’s error rejects the invocation, and is logged with all that it says, as on Lambda', async () => {
  const { ask, records } = start();
  await expect(ask('one', 'throw', 'secret text')).rejects.toMatchObject({
    name: 'TypeError',
    message: 'secret text',
  });
  expect(records).toMatchObject([
    {
      level: 'error',
      functionName: 'one',
      fields: {
        event: 'invocation_failed',
        error: { errorType: 'TypeError', errorMessage: 'secret text', stack: expect.any(Array) },
      },
    },
  ]);
});

test('an invocation times out, and the function goes on serving', async () => {
  const { ask } = start({ timeout: 300 });
  await expect(ask('one', 'wait', '2000')).rejects.toBeInstanceOf(InvocationTimeoutError);
  expect(await ask('one', 'count')).toEqual({ invocations: 2 });
});

test('a function that died fails its invocations and is started anew by the next one', async () => {
  const { ask } = start();
  const waiting = ask('one', 'wait', '60000');
  const [waited, died] = await Promise.allSettled([waiting, ask('one', 'die')]);
  expect(waited.status).toBe('rejected');
  expect(died.status).toBe('rejected');
  expect(await ask('one', 'count')).toEqual({ invocations: 1 });
});

test('a function that could not be started is started by the next invocation', async () => {
  let starts = 0;
  const { ask } = start({
    entry: async () => {
      if (starts++ === 0) throw new Error('not bundled');
      return new URL('../../support/functions/stand-in.ts', import.meta.url);
    },
  });
  await expect(ask('one', 'count')).rejects.toThrow('not bundled');
  expect(await ask('one', 'count')).toEqual({ invocations: 1 });
});

test('a function can be killed in the middle of what it does', async () => {
  const { host, ask } = start();
  await ask('one', 'count');
  const waiting = ask('one', 'wait', '60000');
  await host.kill('one');
  await expect(waiting).rejects.toThrow('the worker of one ended');
  expect(await ask('one', 'count')).toEqual({ invocations: 1 });
});

test('a function started in a spare worker has state, environment, clock and log of its own', async () => {
  const folder = temporaryFolder();
  await bundleModules({ one: 'test/support/functions/stand-in.ts' }, folder);
  const spareWorkers: SpareWorkers = [];
  const entry = () => pathToFileURL(join(folder, 'one/index.js'));
  const first = start({ entry, spareWorkers });
  await first.ask('one', 'count');
  first.host.setClockOffset(1e9);
  await first.host.close();
  expect(spareWorkers.length).toBe(1);

  const { host, ask, records } = start({ entry, spareWorkers, environment: () => ({ OTHER: 'x' }) });
  expect(await ask('one', 'count')).toEqual({ invocations: 1 });
  expect(spareWorkers.length).toBe(0);
  expect(await ask('one', 'environment')).toEqual({ OTHER: 'x' });
  expect(await ask('one', 'time')).toMatchObject({ now: expect.closeTo(Date.now(), -5) });
  await ask('one', 'log', 'x');
  expect(records).toHaveLength(2);
  expect(first.records).toEqual([]);

  const waiting = ask('one', 'wait', '60000');
  await host.kill('one');
  await expect(waiting).rejects.toThrow('the worker of one ended');
  expect(spareWorkers.length).toBe(0);
});

test('an answer larger than Lambda’s 6 MB fails', async () => {
  const { ask } = start();
  await expect(ask('one', 'large', '6291400')).resolves.toBeDefined();
  await expect(ask('one', 'large', '6291556')).rejects.toThrow(/larger than Lambda/);
});

test('what a function logs arrives as records', async () => {
  const { ask, records } = start();
  await ask('one', 'log', 'x');
  expect(records).toMatchObject([
    { level: 'info', functionName: 'one', fields: { event: 'asked_to_log', value: 'x' } },
    { level: 'error', functionName: 'one', fields: { message: "plain { value: 'x' }" } },
  ]);
  expect(Date.parse(records[0]?.time ?? '')).not.toBeNaN();
});

test('the functions’ clock runs ahead by the offset, in running and in restarted functions', async () => {
  const { host, ask } = start();
  const day = 24 * 60 * 60 * 1000;
  const offset = async () => {
    const real = Date.now();
    const { now, date, remaining } = (await ask('one', 'time')) as {
      now: number;
      date: string;
      remaining: number;
    };
    expect(Math.abs(Date.parse(date) - now)).toBeLessThan(1000);
    expect(remaining).toBeGreaterThan(20_000);
    expect(remaining).toBeLessThanOrEqual(29_000);
    return Math.round((now - real) / day);
  };
  expect(await offset()).toBe(0);
  host.setClockOffset(31 * day);
  expect(await offset()).toBe(31);
  await ask('one', 'die').catch(() => {});
  expect(await offset()).toBe(31);
});

test('a module that cannot be loaded fails the invocation, and is logged', async () => {
  const { ask, records } = start({
    entry: () => new URL('../../support/functions/missing.ts', import.meta.url),
  });
  await expect(ask('one', 'count')).rejects.toThrow(/missing\.ts/);
  expect(records).toMatchObject([
    { level: 'error', functionName: 'one', fields: { event: 'invocation_failed' } },
  ]);
});

test('a function that was idle is ended, and starts anew when it is called', async () => {
  const { host, ask } = start({ idle: 50 });
  await ask('one', 'count');
  // It is not idle while it works.
  expect(await Promise.all([ask('one', 'wait', '400'), ask('one', 'count')])).toMatchObject([
    {},
    { invocations: 3 },
  ]);
  await expect.poll(() => host.running()).toEqual([]);
  expect(await ask('one', 'count')).toEqual({ invocations: 1 });
});

test('a function starts with its first invocation', async () => {
  const { host, ask } = start();
  await ask('one', 'count');
  expect(host.running()).toEqual(['one']);
});
