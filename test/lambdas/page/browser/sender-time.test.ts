import { expect, it } from 'vitest';
import { senderName } from '../../../../lambdas/page/browser/words.ts';

it('reads a sender of nothing but spaces soon', () => {
  const start = performance.now();
  expect(senderName(`${' '.repeat(4_000)}x`)).toContain('x');
  expect(performance.now() - start).toBeLessThan(500);
});
