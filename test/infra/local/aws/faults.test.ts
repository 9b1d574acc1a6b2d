import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AwsDouble, startAwsDouble } from '../../../../infra/local/aws/aws-double.ts';
import type { Failure } from '../../../../infra/local/aws/faults.ts';

let double: AwsDouble;
let done: number;

beforeEach(async () => {
  done = 0;
  const server = createServer((_request, response) => {
    done += 1;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"answer":"whole"}');
  });
  double = await startAwsDouble(server, 'kms', undefined);
});
afterEach(() => double.close());

async function ask(): Promise<string> {
  const headers = { 'x-amz-target': 'TrentService.Encrypt' };
  const response = await fetch(double.endpoint, {
    method: 'POST',
    headers,
    signal: AbortSignal.timeout(500),
  });
  return `${response.status} ${await response.text()}`;
}

it.each([
  ['hang', 0],
  ['reset', 0],
  ['lost', 1],
  ['cut', 1],
  ['withheld', 1],
] as const)('a call that meets “%s” has no answer, and was done %i times', async (failure, times) => {
  double.failNext({ action: 'Encrypt', failure });
  await expect(ask()).rejects.toThrow();
  expect(done).toBe(times);
  expect(await ask()).toBe('200 {"answer":"whole"}');
});

const answered: [Failure, string, number][] = [
  [{ error: 'DisabledException' }, '400 {"__type":"DisabledException","message":"Injected by a test."}', 0],
  [{ answer: { status: 502, contentType: 'text/html', body: '<p>Bad' } }, '502 <p>Bad', 0],
  [{ delay: 50 }, '200 {"answer":"whole"}', 1],
];
it.each(answered)(
  'a call that meets %o is answered, and was done as often as it says',
  async (failure, answer, times) => {
    double.failNext({ action: 'Encrypt', failure });
    expect(await ask()).toBe(answer);
    expect(done).toBe(times);
  },
);

it('can refuse connections, and take them again at the same address', async () => {
  await double.refuse(true);
  await expect(ask()).rejects.toThrow('fetch failed');
  await double.refuse(false);
  expect(await ask()).toBe('200 {"answer":"whole"}');
  expect(done).toBe(1);
});
