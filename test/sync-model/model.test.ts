import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seed } from '../support/seed.ts';
import { callFaults, harnessFaults, ownFaults, partFaults } from './fault-plan.ts';
import { type History, histories } from './history.ts';
import { writeKinds } from './lambda-process.ts';
import { play } from './play.ts';
import { reachable } from './simulation.ts';

/** `npm run test:soak` asks for more. */
const runs = Number(process.env['SYNC_MODEL_RUNS'] ?? 200);

describe(`${runs} histories of a mailbox, from seed ${seed}`, () => {
  const fired = new Map<string, number>();

  async function playAndCount(history: History): Promise<void> {
    const ending = await play(history);
    for (const [kind, times] of [...ending.fired, ...ending.reached]) {
      fired.set(kind, (fired.get(kind) ?? 0) + times);
    }
    expect(ending.wrong).toEqual([]);
  }

  test('whatever happens, the copy ends up equal to the mailbox', { timeout: 3_600_000 }, async () => {
    const property = fc.asyncProperty(histories, playAndCount);
    await fc.assert(property, { numRuns: runs, endOnFailure: true });
  });

  test('every kind of fault came up, and what else must come about', { timeout: 600_000 }, async () => {
    const kills = writeKinds.map((kind) => `kill ${kind}`);
    const kinds = [...callFaults, ...partFaults, ...ownFaults, ...harnessFaults, ...kills, ...reachable];
    const missing = () => kinds.filter((kind) => !fired.has(kind));
    // Rare ones need not come up in every few hundred histories: then some more are played.
    for (const history of fc.sample(histories, { numRuns: 1_000, seed: seed + 1 })) {
      if (missing().length === 0) break;
      await playAndCount(history);
    }
    expect(missing()).toEqual([]);
  });
});
