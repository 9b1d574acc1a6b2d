const block = /(npm run docs: begin(?: -->)?\n\n)[\s\S]*?(\n\n *(?:<!-- |\/\/ )npm run docs: end)/g;

/**
 * A document with what stands between its marks replaced, each pair of marks by its text.
 *
 * @throws Error when the pairs of marks are not as many as the texts
 */
export function withDescription(document: string, ...texts: string[]): string {
  const pairs = [...document.matchAll(block)].length;
  if (pairs !== texts.length) throw new Error(`${pairs} pairs of the marks of npm run docs were found.`);
  const left = texts.values();
  return document.replaceAll(block, (_, begin: string, end: string) => `${begin}${left.next().value}${end}`);
}
