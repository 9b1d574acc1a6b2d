import { expect, it } from 'vitest';
import { followChanges } from '../../../lambdas/client/follow.ts';

it.each([Number.POSITIVE_INFINITY, 2 ** 31])(
  'waits between two requests for an interval of %d',
  async (interval) => {
    let asked = 0;
    const list = async () => {
      asked++;
      return { changes: [], cursor: 'c', more: false };
    };
    const pages = followChanges(list, { interval, signal: AbortSignal.timeout(100) });
    for await (const page of pages) expect(page.cursor).toBe('c');
    expect(asked).toBe(1);
  },
);

it.each([Number.NaN, -1])('refuses an interval of %d', async (interval) => {
  const pages = followChanges(async () => ({ changes: [], cursor: 'c', more: false }), { interval });
  await expect(pages.next()).rejects.toThrow(RangeError);
});
