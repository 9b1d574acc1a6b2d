import { expect } from 'vitest';
import type { FunctionName } from '../../infra/routes.ts';
import { at } from './disconnect-race.ts';
import type { Interruptions } from './interruptions.ts';
import type { Site } from './site.ts';

/** Something that a function does, and what must come of it although the function died over it. */
export interface Deed {
  /** Lets the function do it. */
  readonly act: () => Promise<unknown>;
  /** Whoever began it tries again: expects that it comes out right, and that nothing is left half done. */
  readonly again: () => Promise<unknown>;
}

/** These change something at Google between two writes: so it matters whether they die before or after that. */
const changesGoogle: readonly FunctionName[] = [
  'auth-callback',
  'auth-code',
  'mailbox-disconnect',
  'sync-sweep',
];

/** Lets a function die at each of its writes, each time with a deed of its own. */
export async function dieAtEachWrite(
  site: Site,
  interruptions: Interruptions,
  functionName: FunctionName,
  prepare: () => Promise<Deed>,
): Promise<void> {
  const undisturbed = await prepare();
  const writes = await interruptions.writesOf(functionName, undisturbed.act);
  await at('undisturbed', undisturbed.again);
  expect(writes).toBeGreaterThan(0);
  for (let place = 0; place < writes; place++) {
    const isDistinct = place === 0 || changesGoogle.includes(functionName);
    for (const when of isDistinct ? (['before', 'after'] as const) : (['after'] as const)) {
      const { act, again } = await prepare();
      await at(`${when} write ${place} of ${writes}`, async () => {
        expect(await interruptions.killing(site, { functionName, place, when }, act)).toBe(true);
        await again();
      });
    }
  }
}
