import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultKind, type GoogleFault, mostPoured, quickFaults } from '../support/google-fault-kinds.ts';
import { faultFor, newPerson, type Person } from '../support/google-faults.ts';
import { type Site, startSite } from '../support/site.ts';

/** The calls of Gmail that somebody waits for, and the request that makes each. */
const calls = {
  'messages.list': () => '/messages',
  'messages.get': (id: string) => `/messages/${id}`,
  'labels.list': () => '/mailbox/labels',
  batch: () => '/messages?view=summary',
};

type Call = keyof typeof calls;

const callNames = Object.keys(calls) as Call[];

/** What a caller is told; tries are the calls that Google saw. */
const outcomes: Readonly<Record<FaultKind, { status: number; code: string; tries: number }>> = {
  busy: { status: 429, code: 'rate_limited', tries: 1 },
  down: { status: 503, code: 'google_unavailable', tries: 2 },
  lost: { status: 503, code: 'google_unavailable', tries: 2 },
  senseless: { status: 502, code: 'google_error', tries: 1 },
  oversize: { status: 413, code: 'message_too_large', tries: 1 },
  late: { status: 504, code: 'google_timeout', tries: 1 },
};

let site: Site;
const people = new Map<Call, Person>();
let id: string;

beforeAll(async () => {
  // More calls than live requests have in a minute of sixty seconds.
  site = await startSite({ demoMessages: 3, syncIntervalSeconds: 2 });
  for (const call of callNames) people.set(call, await newPerson(site, call.replace('.', '-'), 2));
  const [message] = await site.truth(personOf('messages.get').account);
  id = message?.id ?? '';
});
afterAll(() => site.close());

function personOf(call: Call): Person {
  const person = people.get(call);
  if (person === undefined) throw new Error(`Nobody makes the call ${call}.`);
  return person;
}

const grantsOf = async ({ account }: Person) =>
  (await site.items('grants')).filter(({ email }) => email === account);

async function ask(call: Call, { browser }: Person) {
  const { status, headers, text } = await browser.fetch(site.origin + calls[call](id));
  return { status, retryAfter: headers.get('retry-after'), body: JSON.parse(text) };
}

/** Makes the call while the fault lasts, and once more without it. */
async function meet(call: Call, { effect }: Pick<GoogleFault, 'effect'>, person = personOf(call)) {
  const before = await grantsOf(person);
  const fault = await faultFor(site, person.account, call, effect);
  const answer = await ask(call, person);
  const seen = { tries: await fault.fired(), poured: await fault.poured() };
  await fault.clear();
  expect(await grantsOf(person)).toEqual(before);
  expect((await ask(call, person)).status).toBe(200);
  return { ...answer, ...seen };
}

const summariesIn = (body: { messages: { summary: unknown }[] }) =>
  body.messages.map(({ summary }) => summary);

async function expectOutcome(call: Call, fault: GoogleFault, person?: Person): Promise<void> {
  const { kind, seconds } = fault;
  const { status, retryAfter, body, tries, poured } = await meet(call, fault, person);
  expect(poured).toBeLessThan(mostPoured);
  if (call === 'batch') {
    // The list has come: what Gmail holds back of the summaries is left out, and asked for once.
    expect([status, summariesIn(body), tries]).toEqual([200, [null, null], 1]);
    return;
  }
  const expected = outcomes[kind];
  // Google’s time is kept: nobody calls again before it.
  const expectedTries = seconds === undefined ? expected.tries : 1;
  expect([call, status, body.code, tries]).toEqual([call, expected.status, expected.code, expectedTries]);
  const usual = kind === 'busy' ? '10' : null;
  expect([call, retryAfter]).toEqual([call, seconds === undefined ? usual : expect.stringMatching(/^\d+$/)]);
  if (seconds !== undefined) expect(Math.abs(Number(retryAfter) - seconds)).toBeLessThan(2);
}

describe('a live call of Gmail', () => {
  it.each(quickFaults)(
    'that meets $name is told as such, changes nothing, and the next one works',
    async (fault) => {
      await Promise.all(callNames.map((call) => expectOutcome(call, fault)));
    },
  );

  it.each(['rateLimitExceeded', 'userRateLimitExceeded', 'dailyLimitExceeded'])(
    'that meets 403 %s is rate limited',
    async (reason) => {
      const body = { error: { code: 403, message: 'Quota exceeded.', errors: [{ reason }] } };
      const fault: GoogleFault = { name: reason, kind: 'busy', effect: { status: 403, body } };
      await Promise.all(callNames.map((call) => expectOutcome(call, fault)));
    },
  );

  it('whose access token is refused once gets a new one and is made again', async () => {
    const answers = callNames.map(async (call) => {
      const { account } = personOf(call);
      await site.admin('POST', `/accounts/${account}/expire-access-tokens`);
      return (await ask(call, personOf(call))).status;
    });
    expect(await Promise.all(answers)).toEqual(callNames.map(() => 200));
  });

  it('takes good JSON whose type is wrong for no answer of Gmail’s', async () => {
    const effect = { headers: { 'content-type': 'text/plain' } };
    await Promise.all(
      callNames.map((call) => expectOutcome(call, { name: 'a wrong type', kind: 'senseless', effect })),
    );
  });

  it('takes an answer that is longer than it says for a senseless one, or for a lost one', async () => {
    const effect = { headers: { 'content-length': '12' } };
    const ends = callNames.map(async (call) => {
      const { status, body } = await meet(call, { effect });
      if (call === 'batch') expect([status, summariesIn(body)]).toEqual([200, [null, null]]);
      else expect(['google_error', 'google_unavailable']).toContain(body.code);
    });
    await Promise.all(ends);
  });

  it.each([301, 302, 303, 307, 308])(
    'is not sent on by a %i: no other host sees the token',
    async (status) => {
      const seen: (string | undefined)[] = [];
      const elsewhere = createServer(({ headers }, response) => {
        seen.push(headers.authorization);
        response.end('{"messages":[]}');
      });
      await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
      const { port } = elsewhere.address() as AddressInfo;
      const effect = { status, headers: { location: `http://127.0.0.1:${port}/` } };
      const fault: GoogleFault = { name: 'a redirect', kind: 'lost', effect };
      await Promise.all(callNames.map((call) => expectOutcome(call, fault)));
      expect(seen).toEqual([]);
      await new Promise((resolve) => elsewhere.close(resolve));
    },
  );

  it('is told when Google refuses connections, and works when it takes them again', async () => {
    const before = await site.items('grants');
    await site.google.refuse(true);
    const answers = await Promise.all(callNames.map((call) => ask(call, personOf(call))));
    await site.google.refuse(false);
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      callNames.map(() => [503, 'google_unavailable']),
    );
    expect(await site.items('grants')).toEqual(before);
    const later = await Promise.all(callNames.map((call) => ask(call, personOf(call))));
    expect(later.map(({ status }) => status)).toEqual(callNames.map(() => 200));
  });
});
