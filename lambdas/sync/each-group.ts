/** How items are grouped, and what is done with each. */
export interface GroupWork<Item> {
  readonly groupOf: (item: Item) => string;
  readonly work: (item: Item) => Promise<void>;
  /** Is told of each item whose work failed; not of those behind it, which were not begun. */
  readonly onFailure: (item: Item, error: unknown) => void;
}

/**
 * Works on groups side by side, and on the items of one group one after the other, in their order, until one fails.
 *
 * @returns the items that are not done, in the order in which they were given: those that failed, and in their groups
 * all behind them
 */
export async function eachGroup<Item>(
  items: readonly Item[],
  { groupOf, work, onFailure }: GroupWork<Item>,
): Promise<readonly Item[]> {
  const done = new Set<Item>();
  const groups = Map.groupBy(items, groupOf).values();
  await Promise.all(
    groups.map(async (group) => {
      for (const item of group) {
        try {
          await work(item);
        } catch (error) {
          onFailure(item, error);
          return;
        }
        done.add(item);
      }
    }),
  );
  return items.filter((item) => !done.has(item));
}
