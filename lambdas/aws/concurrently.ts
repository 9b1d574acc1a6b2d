/** Calls under way at once: enough to hide the way there and back, too few to be throttled for. */
const concurrency = 4;

/**
 * Does the work for each element, a few at a time; ends when no work is under way any more.
 *
 * @throws What the work threw first.
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
