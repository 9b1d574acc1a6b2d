/** A fenced block of code. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

/** Every fenced block, in order; one that stands in a list loses the list's indentation. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const fences = markdown.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm);
  return [...fences].map(([, indent = '', language = '', text = '']) => ({
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/**
 * The rows of the one table whose head begins with these cells, as cells without the head.
 *
 * @throws Error when there is not exactly one such table
 */
export function tableRows(markdown: string, ...head: string[]): string[][] {
  const tables = markdown.match(/(?:^\|.*\|\n)+/gm) ?? [];
  const [rows, ...others] = tables
    .map((table) => table.trimEnd().split('\n').map(cellsOf))
    .filter(([first = []]) => head.every((cell, index) => first[index] === cell));
  if (rows === undefined || others.length > 0)
    throw new Error(`Not one table begins with ${head.join(', ')}.`);
  return rows.slice(2);
}

/** The text within back-quotes, each. */
export function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, inner = '']) => inner);
}

/** What links to headings name them by, as GitHub makes it: in lower case, without signs, hyphens for spaces. */
export function anchors(markdown: string): string[] {
  const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The targets of links, without those that lead to other sites. */
export function relativeLinks(markdown: string): string[] {
  const targets = [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

function cellsOf(row: string): string[] {
  return row
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}
