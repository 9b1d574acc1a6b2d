import { expect, test } from 'vitest';
import { eachGroup } from '../../../lambdas/sync/each-group.ts';

/** Works on items written as `group:name`; those whose name is `bad` fail. */
function open() {
  const events: string[] = [];
  const failures: unknown[] = [];
  const doors = new Map<string, PromiseWithResolvers<void>>();
  return {
    events,
    failures,
    /** Lets an item's work wait until the door is opened. */
    door: (item: string) => {
      const door = Promise.withResolvers<void>();
      doors.set(item, door);
      return door;
    },
    run: (...items: string[]) =>
      eachGroup(items, {
        groupOf: (item) => item.charAt(0),
        work: async (item) => {
          events.push(`${item} begins`);
          await doors.get(item)?.promise;
          if (item.endsWith('bad')) throw new Error(item);
          events.push(`${item} ends`);
        },
        onFailure: (item, error) => failures.push([item, error]),
      }),
  };
}

test('the items of a group are worked on one after the other, in their order', async () => {
  const { run, events } = open();
  expect(await run('a:1', 'a:2', 'a:3')).toEqual([]);
  expect(events).toEqual(['a:1 begins', 'a:1 ends', 'a:2 begins', 'a:2 ends', 'a:3 begins', 'a:3 ends']);
});

test('groups are worked on side by side: one that takes long holds up no other', async () => {
  const { run, events, door } = open();
  const slow = door('a:1');
  const last = door('b:2');
  const running = run('a:1', 'b:1', 'a:2', 'b:2');
  last.resolve();
  await expect.poll(() => events).toContain('b:2 ends');
  expect(events).not.toContain('a:2 begins');
  slow.resolve();
  expect(await running).toEqual([]);
  expect(events.at(-1)).toBe('a:2 ends');
});

test('what fails keeps back the rest of its group, and nothing of the others', async () => {
  const { run, events, failures } = open();
  expect(await run('b:1', 'a:1', 'a:bad', 'b:2', 'a:3', 'a:4')).toEqual(['a:bad', 'a:3', 'a:4']);
  expect(events).toContain('b:2 ends');
  expect(events).not.toContain('a:3 begins');
  expect(failures).toEqual([['a:bad', new Error('a:bad')]]);
});

test('every group may fail, and each failure is reported', async () => {
  const { run, failures } = open();
  expect(await run('a:bad', 'b:bad', 'a:2')).toEqual(['a:bad', 'b:bad', 'a:2']);
  expect(failures).toHaveLength(2);
});

test('without items there is nothing to do', async () => {
  expect(await open().run()).toEqual([]);
});
