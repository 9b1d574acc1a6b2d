import { expect, it } from 'vitest';
import { synthesise } from '../../support/cloud.ts';
import { readableTemplate } from '../../support/readable-template.ts';

const synthesis = synthesise();

it.each(['data', 'service'] as const)(
  'the template of the %s stack changes only where a review can see it',
  async (stack) => {
    // After a change that is meant: npx vitest run test/infra/cloud/templates -u
    await expect(readableTemplate(synthesis[stack])).toMatchFileSnapshot(`__snapshots__/${stack}.yaml`);
  },
);
