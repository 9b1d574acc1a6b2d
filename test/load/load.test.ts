import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Site, startSite } from '../support/site.ts';
import { makePeople } from './people.ts';
import { runLoad } from './run-load.ts';
import type { Tally } from './tally.ts';

let site: Site;
let tally: Tally;

beforeAll(async () => {
  site = await startSite({ demoMessages: 0 });
  const { origin, google } = site;
  tally = await runLoad({
    origin,
    googleOrigin: google.origin,
    listers: await makePeople(google.origin, { kind: 'lister', count: 8 }),
    signers: await makePeople(google.origin, { kind: 'login', count: 4 }),
    // Each function starts with its first call.
    seconds: 10,
  });
});
afterAll(() => site.close());

it('answers everybody with what is theirs, and with no error but Gmail’s quota', () => {
  expect(tally.faults).toEqual([]);
  expect(Object.keys(tally.limits).filter((code) => code !== 'rate_limited')).toEqual([]);
});

it('and was asked everything by everybody', () => {
  const counts = Object.fromEntries(tally.figures.map(({ kind, count }) => [kind, count]));
  expect(Object.keys(counts).length).toBe(12);
  expect(Math.min(...Object.values(counts))).toBeGreaterThanOrEqual(4);
});
