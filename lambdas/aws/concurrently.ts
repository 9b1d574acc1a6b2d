/** Concurrent calls: enough to hide the latency, too few to be throttled. */
const concurrency = 4;

/**
 * Processes the elements, a few at a time; settles only when no work is under way.
 *
 * @throws the first error of the work.
 */
export async function eachConcurrently<Element extends object>(
  elements: readonly Element[],
  work: (element: Element) => Promise<void>,
): Promise<void> {
  const waiting = elements.values();
  const worker = async () => {
    for (const element of waiting) await work(element);
  };
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

/** Splits elements into lists of at most `size`. */
export function chunksOf<Element>(elements: readonly Element[], size: number): Element[][] {
  const count = Math.ceil(elements.length / size);
  return Array.from({ length: count }, (_, index) => elements.slice(index * size, (index + 1) * size));
}
