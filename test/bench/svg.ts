/**
 * The frame of every picture: its own ground, so that it can be read wherever it is shown, light or dark as the
 * reader's system is.
 */
const style = `
svg { --ground: #ffffff; --edge: #d1d9e0; --text: #1f2328; --quiet: #59636e; --bar: #9aa4ae; --ours: #0969da;
  --line-0: #0969da; --line-1: #bc4c00; --line-2: #1a7f37; --line-3: #8250df; --line-4: #bf3989; }
@media (prefers-color-scheme: dark) { svg { --ground: #0d1117; --edge: #3d444d; --text: #f0f6fc; --quiet: #9198a1;
  --bar: #656c76; --ours: #4493f8; --line-0: #4493f8; --line-1: #f0883e; --line-2: #3fb950; --line-3: #ab7df8;
  --line-4: #f778ba; } }
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--text); }
.title { font-size: 17px; font-weight: 600; }
.panel { font-weight: 600; }
.quiet { fill: var(--quiet); font-size: 12px; }
.small { font-size: 11px; }
.ours { font-weight: 600; }
`;

/** Colours that lines may have, in order. */
export const lineColours = [0, 1, 2, 3, 4].map((number) => `var(--line-${number})`);

/** The title of a picture, and its note. */
export interface Frame {
  readonly title: string;
  /** Under everything: what it was measured on, and when. */
  readonly note: string;
}

/** Width of every picture, and what stays free at its edges. */
export const width = 800;
export const margin = 24;

/** Height of the title, above what is drawn. */
export const top = 52;

/** Makes a picture of what is drawn; `height` is where that ends. */
export function picture({ title, note }: Frame, height: number, drawn: readonly string[]): string {
  const whole = height + 40;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${whole - 1}" rx="8" style="fill: var(--ground); stroke: var(--edge)"/>`,
    text({ x: margin, y: 34, classes: 'title' }, title),
    ...drawn,
    text({ x: margin, y: whole - 16, classes: 'quiet small' }, note),
    '</svg>',
  ].join('\n')}\n`;
}

/** Where a text stands, and how it looks. */
export interface Place {
  readonly x: number;
  readonly y: number;
  /** CSS classes. */
  readonly classes?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
}

/** A line of text. */
export function text({ x, y, classes, anchor, fill }: Place, words: string): string {
  const looks = [
    classes === undefined ? '' : ` class="${classes}"`,
    anchor === undefined ? '' : ` text-anchor="${anchor}"`,
    fill === undefined ? '' : ` style="fill: ${fill}"`,
  ].join('');
  return `<text x="${at(x)}" y="${at(y)}"${looks}>${escaped(words)}</text>`;
}

/** Formats a length, rounded to a tenth of a pixel. */
export const at = (length: number): string => String(Math.round(length * 10) / 10);

/** Formats a number with three significant digits. */
export const figure = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en-US');

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
