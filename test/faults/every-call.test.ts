import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../infra/local/aws/faults.ts';
import { type FunctionName, functionNames, routes } from '../../infra/routes.ts';
import { type FaultySite, nameOfCall, startFaultySite } from '../support/faulty-site.ts';
import { foreignApp, isWell, type Outcome, routeRequests } from '../support/route-requests.ts';

let site: FaultySite;

beforeAll(async () => {
  site = await startFaultySite({
    demoMessages: 3,
    allowedReturnOrigins: `${foreignApp}/done`,
    accessTokens: 'on',
  });
});
afterAll(() => site.close());
beforeEach(() => site.forget());
afterEach(() => site.plan());

/** What ends a call at once: dropped three times, refused, garbled, answered by whatever stands in between. */
const failures: readonly Failure[] = [
  'reset',
  { error: 'AccessDeniedException' },
  { answer: { status: 200, contentType: 'text/html', body: '<h1>Welcome</h1>' } },
];

/** How a request may end that AWS failed: as a fault of ours, by its own code. */
const faultsOfOurs = ['storage_unavailable', 'vault_unavailable', 'misconfigured'];

/**
 * What a request is done without: a disconnect erases all the same, and says that Google was not told; a consent
 * succeeds, and cannot be repeated; a live call is answered, and not counted.
 */
const doneWithout =
  /^(mailbox-disconnect kms Decrypt|auth-callback dynamodb UpdateItem .*SET outcome|(messages-list|message-get|labels-list) dynamodb UpdateItem .*ADD units) /;

interface Run {
  readonly outcome: Outcome;
  /** The calls that the function made, in order, each once. */
  readonly calls: readonly string[];
  /** How often the failing one was tried. */
  readonly tries: number;
}

/** Runs a request while every attempt of one of its function’s calls fails. */
async function failing(
  functionName: FunctionName,
  send: () => Promise<Outcome>,
  place: number,
  failure: Failure,
): Promise<Run> {
  const calls: string[] = [];
  let tries = 0;
  site.plan((call) => {
    if (call.functionName !== functionName) return undefined;
    const name = nameOfCall(call);
    if (!calls.includes(name)) calls.push(name);
    if (calls.indexOf(name) !== place) return undefined;
    tries += 1;
    return failure;
  });
  const outcome = await send();
  site.plan();
  return { outcome, calls, tries };
}

it('no function that answers requests and calls AWS is left out', () => {
  const tried = new Set<string>(routeRequests.map(([, functionName]) => functionName));
  const answering = functionNames.filter((name) => routes[name].length > 0 && !tried.has(name));
  expect(answering).toEqual(['auth-problem', 'api-description']);
});

describe.each(routeRequests)('%s', (_, functionName, prepare) => {
  it('tells of every AWS call that fails, and works again at once', async () => {
    const ready = async () => {
      // Where a grant stands already, less is called for.
      for (const table of ['grants', 'mailboxes'] as const) await site.forget(table);
      const send = await prepare(site);
      // A process that has nothing in memory yet makes every call there is.
      await site.kill(functionName);
      return send;
    };
    const whole = await failing(functionName, await ready(), -1, 'reset');
    expect(whole.outcome).toSatisfy(isWell);
    for (const place of whole.calls.keys()) {
      const failure = failures[place % failures.length] ?? 'reset';
      const { outcome, tries } = await failing(functionName, await ready(), place, failure);
      const name = whole.calls[place] ?? '';
      if (isWell(outcome)) expect(`${functionName} ${name}`).toMatch(doneWithout);
      else expect(faultsOfOurs).toContain(outcome.code);
      expect(tries).toBeGreaterThan(0);
      expect(tries).toBeLessThanOrEqual(3);
      for (const grant of await site.items('grants')) expect(grant['status']).not.toBe('revoked');
    }
    expect(isWell(await (await ready())())).toBe(true);
  });
});
