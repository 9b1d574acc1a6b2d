interface GroupWork<Item> {
  readonly groupOf: (item: Item) => string;
  readonly work: (item: Item) => Promise<void>;
  /** Called for each item that failed; not for those behind it, which were not begun. */
  readonly onFailure: (item: Item, error: unknown) => void;
}

/**
 * Processes groups in parallel, and the items of one group in order until one fails.
 *
 * @returns the unprocessed items in the given order: those that failed, and all behind them in their groups
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
