/** Escapes text for HTML, including attributes. */
export function escapeHtml(text: string): string {
  const codes: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => codes[character] ?? character);
}

/** Text from outside, isolated because it may run right to left: the order of the surrounding words is kept. */
export function isolated(text: string): string {
  return `<bdi>${escapeHtml(text)}</bdi>`;
}

/** Text from outside, truncated and without invisible characters, which could reorder the surrounding text. */
export function visibleWords(text: string, most: number): string {
  return [...text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')].slice(0, most).join('');
}

/** A list of texts. */
export function listOf(texts: readonly string[]): string {
  return `<ul>\n${texts.map((text) => `<li>${escapeHtml(text)}</li>`).join('\n')}\n</ul>`;
}

/** The style sheet and the layout of a page. */
interface PageFrame {
  /** The URL of the style sheet; a page of another function cannot know its hash. */
  readonly style?: string;
  readonly script?: string;
  /** The narrow layout for pages of a few lines, which is the default. */
  readonly calm?: boolean;
}

/** An envelope. Without an icon, browsers request `/favicon.ico`. */
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect x='1' y='3' width='14' height='10' rx='2' fill='%230b6558'/%3E%3Cpath d='M3 5.5 8 9l5-3.5' fill='none' stroke='%23fff' stroke-width='1.3'/%3E%3C/svg%3E";

/** A whole page around a body that is already HTML. */
export function htmlPage(title: string, body: string, frame: PageFrame = {}): string {
  const { style = '/page.css', script, calm = true } = frame;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="${escapeHtml(style)}">
${script === undefined ? '' : `<script type="module" src="${escapeHtml(script)}"></script>\n`}</head>
<body${calm ? ' class="calm"' : ''}>
<header class="site">
<a class="brand" href="/">Gmail offline access</a>
</header>
${body}
</body>
</html>
`;
}

/**
 * A time as a `time` element, in UTC, to the day or the minute. `Intl` would add 11 ms to a cold start.
 *
 * @param time epoch milliseconds
 */
export function timeElement(time: number, to: 'day' | 'minute' = 'day'): string {
  const date = new Date(time);
  // Such as `Mon, 02 Nov 2026 00:00:00 GMT`.
  const written = date.toUTCString();
  const words = to === 'day' ? written.slice(5, 16) : `${written.slice(5, 16)}, ${written.slice(17, 22)} UTC`;
  return `<time datetime="${date.toISOString()}">${words}</time>`;
}
