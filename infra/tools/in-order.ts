/**
 * Works on a few elements at once, and gives the results in the elements' order. No more elements are read than are
 * worked on; whoever stops asking has no new work begun.
 *
 * @param work must not reject: its result says whether it failed
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
