/**
 * Processes a few elements in parallel and yields the results in the elements' order. It reads an element only to start
 * its work, and starts no more work once the consumer stops.
 *
 * @param work must not reject: report a failure in its result
 */
export async function* inOrder<Element, Result>(
  elements: AsyncIterable<Element> | Iterable<Element>,
  atOnce: number,
  work: (element: Element) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const underWay: Promise<Result>[] = [];
  for await (const element of elements) {
    underWay.push(work(element));
    if (underWay.length < atOnce) continue;
    const first = underWay.shift();
    if (first !== undefined) yield await first;
  }
  for (const result of underWay) yield await result;
}
