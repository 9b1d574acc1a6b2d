import * as v from 'valibot';
import type { Site } from './site.ts';

const answer = v.object({ faults: v.array(v.object({ on: v.string(), fired: v.number() })) });

/** Lets the local Google count its answers of a kind, by a fault that does nothing. */
export async function countAnswers(site: Pick<Site, 'fault'>, on: string): Promise<void> {
  await site.fault(on, { delayMs: 0 }, 0);
}

/** How often the faults of a kind have struck, those that only count among them. */
export async function answersOf(site: Pick<Site, 'admin'>, on: string): Promise<number> {
  const { faults } = v.parse(answer, await site.admin('GET', '/faults'));
  return faults.filter((fault) => fault.on === on).reduce((sum, { fired }) => sum + fired, 0);
}
