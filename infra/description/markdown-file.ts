const block = /(npm run docs: begin(?: -->)?\n\n)[\s\S]*?(\n\n *(?:<!-- |\/\/ )npm run docs: end)/g;

/**
 * Replaces the text between each pair of a document's marks.
 *
 * @throws Error if the number of pairs differs from the number of texts
 */
export function withDescription(document: string, ...texts: string[]): string {
  const pairs = [...document.matchAll(block)].length;
  if (pairs !== texts.length) throw new Error(`${pairs} pairs of the marks of npm run docs were found.`);
  const left = texts.values();
  return document.replaceAll(block, (_, begin: string, end: string) => `${begin}${left.next().value}${end}`);
}
