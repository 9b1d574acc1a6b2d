const begin = '<!-- npm run docs: begin -->\n\n';
const end = '\n\n<!-- npm run docs: end -->';

/**
 * A document with what stands between its two marks replaced.
 *
 * @throws Error when a mark is missing
 */
export function withDescription(document: string, description: string): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from === -1 || to < from) throw new Error('The marks of npm run docs are missing.');
  return document.slice(0, from + begin.length) + description + document.slice(to);
}
