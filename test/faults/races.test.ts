import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FunctionName } from '../../infra/routes.ts';
import {
  at,
  connectedPerson,
  disconnect,
  expectErased,
  expectNothingShown,
  expectRevoked,
} from '../support/disconnect-race.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { Interruptions } from '../support/interruptions.ts';
import type { NewPerson } from '../support/people.ts';
import { takeMessage } from '../support/queue-messages.ts';
import { type Site, startSite } from '../support/site.ts';

const interruptions = new Interruptions();
let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, onAwsCall: interruptions.onAwsCall });
});
afterAll(() => site.close());

/** What a disconnect races with, ready to be run. */
interface Rival {
  readonly functionName: FunctionName;
  readonly run: () => Promise<void>;
}

async function syncJob(): Promise<Rival> {
  await site.tick(Date.now() + 60_000);
  const job = await takeMessage(site);
  expect(job?.body).toContain('"kind":"sync"');
  return {
    functionName: 'sync-mailbox',
    run: async () => {
      await site.invoke('sync-mailbox', job?.event);
      await job?.done();
    },
  };
}

async function tokenRefresh({ browser }: NewPerson): Promise<Rival> {
  const [grant] = await site.items('grants');
  await site.put('grants', { ...grant, accessTokenExpiresAt: 0 });
  const other = browser.copy();
  return {
    functionName: 'messages-list',
    run: async () => {
      expect([200, 401]).toContain((await other.fetch(`${site.origin}/messages`)).status);
    },
  };
}

async function secondDisconnect({ browser }: NewPerson): Promise<Rival> {
  const other = browser.copy();
  return {
    functionName: 'mailbox-disconnect',
    run: async () => {
      const { status, detail } = await disconnect(site, other);
      expect([202, 401]).toContain(status);
      // Whoever came second must not be told of a new grant, nor of one that is left.
      if (status === 202) expect(detail).toBeUndefined();
    },
  };
}

/** Wholly disconnected, whoever was first: here, at Google, and in every browser. */
async function expectDisconnected(person: NewPerson, before: NewPerson['browser']): Promise<void> {
  await expectNothingShown(site, person.browser, before);
  await drainQueue(site);
  await expectErased(site);
  await expectRevoked(site, interruptions, person);
}

describe.each([
  ['a job of the sync', syncJob],
  ['a refresh of the access token', tokenRefresh],
  ['a second disconnect', secondDisconnect],
])('a disconnect and %s leave nothing', (_, prepare) => {
  it('when the other runs in the middle of the disconnect, at each of its calls', async () => {
    for (let place = 0, wasThere = true; wasThere; place++) {
      const person = await connectedPerson(site);
      const before = person.browser.copy();
      const rival = await prepare(person);
      wasThere = false;
      const act = () => {
        wasThere = true;
        return rival.run();
      };
      const where = { functionName: 'mailbox-disconnect', place, act } as const;
      const { status, detail } = await interruptions.during(where, () => disconnect(site, person.browser));
      await at(`at call ${place}`, async () => {
        expect([202, 401]).toContain(status);
        expect(status === 401 || detail === undefined).toBe(true);
        if (!wasThere) await rival.run();
        await expectDisconnected(person, before);
      });
    }
  });

  it('when the disconnect runs in the middle of the other, at each of its calls', async () => {
    for (let place = 0, wasThere = true; wasThere; place++) {
      const person = await connectedPerson(site);
      const before = person.browser.copy();
      const rival = await prepare(person);
      wasThere = false;
      const act = async () => {
        wasThere = true;
        const { status, revokedAtGoogle } = await disconnect(site, person.browser);
        // A disconnect that the other one has overtaken finds nobody signed in.
        expect(['202 true', '401 undefined']).toContain(`${status} ${revokedAtGoogle}`);
      };
      await interruptions.during({ functionName: rival.functionName, place, act }, rival.run);
      if (wasThere) await at(`at call ${place}`, () => expectDisconnected(person, before));
    }
  });
});
