import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultKind, mostPoured, quickFaults } from '../support/google-fault-kinds.ts';
import { type Effect, faultFor, newPerson, type Person } from '../support/google-faults.ts';
import { type Site, startSite } from '../support/site.ts';

const hour = 3_600_000;

let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3 });
});
afterAll(() => site.close());

const grantOf = async (account: string) =>
  (await site.items('grants')).find(({ email }) => email === account);

/** What a caller is told; tries are those of a call that may be made twice. */
const outcomes: Readonly<Record<FaultKind, { status: number; code: string; tries: number }>> = {
  busy: { status: 503, code: 'google_unavailable', tries: 1 },
  down: { status: 503, code: 'google_unavailable', tries: 2 },
  lost: { status: 503, code: 'google_unavailable', tries: 2 },
  senseless: { status: 502, code: 'google_error', tries: 1 },
  oversize: { status: 503, code: 'google_unavailable', tries: 1 },
  late: { status: 504, code: 'google_timeout', tries: 1 },
};

describe('a refresh', () => {
  let person: Person;
  let hours = 0;

  beforeAll(async () => {
    person = await newPerson(site, 'refresh', 2);
  });

  async function list() {
    const { status, headers, text } = await person.browser.fetch(`${site.origin}/messages`);
    return { status, retryAfter: headers.get('retry-after'), body: JSON.parse(text) };
  }

  /** Lists while the fault lasts, when the kept access token has ended, and once more without the fault. */
  async function meet(effect: Effect) {
    hours += 1;
    site.setClockOffset(hours * hour);
    const before = await grantOf(person.account);
    const fault = await faultFor(site, person.account, 'token.refresh', effect);
    const answer = await list();
    const seen = { tries: await fault.fired(), poured: await fault.poured() };
    await fault.clear();
    expect(await grantOf(person.account)).toEqual(before);
    expect((await list()).status).toBe(200);
    expect(await grantOf(person.account)).toMatchObject({
      status: 'active',
      refreshToken: before?.['refreshToken'],
    });
    return { ...answer, ...seen };
  }

  it.each(quickFaults)(
    'that meets $name leaves the grant as it is, and the next one works',
    async (fault) => {
      const { effect, kind, seconds } = fault;
      const { status, body, tries, poured, retryAfter } = await meet(effect);
      const expected = outcomes[kind];
      // Google’s time is kept: nobody calls again before it.
      const expectedTries = seconds === undefined ? expected.tries : 1;
      expect([status, body.code, tries]).toEqual([expected.status, expected.code, expectedTries]);
      expect(poured).toBeLessThan(mostPoured);
      if (seconds === undefined) expect(retryAfter).toBeNull();
      else expect(Math.abs(Number(retryAfter) - seconds)).toBeLessThan(2);
    },
  );

  it.each([
    ['400 invalid_request', { status: 400, body: { error: 'invalid_request' } }, 502],
    ['400 with a page that says invalid_grant', { status: 400, body: '<p>invalid_grant</p>' }, 502],
    ['401 with a page', { status: 401, body: '<h1>Proxy authentication</h1>' }, 502],
    ['200 that says invalid_grant', { status: 200, body: { error: 'invalid_grant' } }, 502],
    ['429 that says invalid_grant', { status: 429, body: { error: 'invalid_grant' } }, 503],
    ['500 that says invalid_grant', { status: 500, body: { error: 'invalid_grant' } }, 503],
  ])('that meets %s does not take the grant for dead', async (_, effect, status) => {
    expect((await meet(effect)).status).toBe(status);
  });

  it.each([
    ['that no header can carry', { access_token: 'ya29.a\r\nx-injected: b' }],
    ['with letters of no token', { access_token: 'ya29.ä' }],
    ['that is too large for the token key', { access_token: 'a'.repeat(5_000) }],
  ])('that brings a token %s keeps none of it', async (_, set) => {
    expect(await meet({ set })).toMatchObject({ status: 502, body: { code: 'google_error' }, tries: 1 });
  });
});
