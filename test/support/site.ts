import { inject } from 'vitest';
import type { LocalEnvironmentOptions } from '../../infra/local/environment.ts';
import type { SpareWorkers } from '../../infra/local/functions.ts';
import { describedAnswers } from './described-answers.ts';
import { openSite, type Site } from './open-site.ts';
import { leaveSeen } from './seen-answers.ts';

export type { Site, TrueMessage } from './open-site.ts';
export type { ConsentChoice } from './walk-consent.ts';

/** The sites of a process start functions in the workers that earlier sites left. */
const spareWorkers: SpareWorkers = [];

/**
 * Starts the site for a test, from the bundles of the run. Whatever it answers must be as `/openapi.json` says: else
 * its end fails.
 */
export async function startSite(options: Partial<LocalEnvironmentOptions> = {}): Promise<Site> {
  const answers = describedAnswers();
  const site = await openSite({
    bundles: inject('bundles'),
    onAnswer: answers.look,
    spareWorkers,
    ...options,
  });

  function checkAnswers(): void {
    leaveSeen(inject('seenAnswers'), answers);
    const faults = [...new Set(answers.faults)];
    if (faults.length > 0) throw new Error(`Not as the site is described:\n${faults.join('\n')}`);
  }

  return {
    ...site,
    stop: async () => {
      await site.stop();
      checkAnswers();
    },
    close: async () => {
      await site.close();
      checkAnswers();
    },
  };
}
