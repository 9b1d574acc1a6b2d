import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Site, startSite } from '../support/site.ts';
import { makePeople } from './people.ts';
import { runLoad } from './run-load.ts';
import { Tally } from './tally.ts';

let site: Site;
const tally = new Tally();

/** A slow machine needs longer until each kind of request was made often enough. */
const isEnough = () => tally.figures.length === 12 && tally.figures.every(({ count }) => count >= 4);

beforeAll(async () => {
  site = await startSite({ demoMessages: 0 });
  const { origin, google } = site;
  const plan = {
    origin,
    googleOrigin: google.origin,
    listers: await makePeople(google.origin, { kind: 'lister', count: 8 }),
    signers: await makePeople(google.origin, { kind: 'login', count: 4 }),
    seconds: 4,
    tally,
  };
  for (let round = 0; round < 20 && !isEnough(); round++) await runLoad(plan);
});
afterAll(() => site.close());

it('answers everybody with what is theirs, and with no error but Gmail’s quota', () => {
  expect(tally.faults).toEqual([]);
  expect(Object.keys(tally.limits).filter((code) => code !== 'rate_limited')).toEqual([]);
});

it('and was asked everything by everybody', () => {
  expect(tally.figures).toSatisfy(isEnough);
});
