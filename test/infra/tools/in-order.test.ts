import { expect, it } from 'vitest';
import { inOrder } from '../../../infra/tools/in-order.ts';

it('gives results in the order of the elements, whichever is done first', async () => {
  const slow = (element: number) =>
    new Promise<number>((resolve) => setTimeout(resolve, element % 2 === 0 ? 20 : 1, element));
  expect(await Array.fromAsync(inOrder([0, 1, 2, 3, 4, 5], 4, slow))).toEqual([0, 1, 2, 3, 4, 5]);
});

it('works on no more elements at once than it may', async () => {
  let [now, most] = [0, 0];
  const work = async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setTimeout(resolve, 2));
    now -= 1;
  };
  await Array.fromAsync(inOrder(Array.from({ length: 20 }), 4, work));
  expect(most).toBe(4);
});

it('begins nothing new once nobody asks any more', async () => {
  const begun: number[] = [];
  const work = async (element: number) => begun.push(element);
  for await (const _ of inOrder([1, 2, 3, 4, 5, 6], 2, work)) break;
  expect(begun).toEqual([1, 2]);
});
