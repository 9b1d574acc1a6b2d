import { at, type Frame, figure, margin, picture, text, top, width } from './svg.ts';

/** Bars that are compared with each other. */
export interface BarPanel {
  /** What they show, with its unit. */
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Stands out. */
  readonly isOurs?: boolean;
}

/** Width of the labels before the bars, and of the figures after the longest. */
const labels = 210;
const figures = 70;

const rowHeight = 28;
const headHeight = 30;
const gap = 18;

/** Draws panels of bars, one under the other; each has a scale of its own, from zero on. */
export function barChart(frame: Frame, panels: readonly BarPanel[]): string {
  const drawn: string[] = [];
  let y = top;
  for (const { title, bars } of panels) {
    drawn.push(text({ x: margin, y: y + 16, classes: 'panel' }, title));
    y += headHeight;
    const most = Math.max(...bars.map(({ value }) => value));
    for (const bar of bars) {
      drawn.push(...drawBar(bar, y, most));
      y += rowHeight;
    }
    y += gap;
  }
  return picture(frame, y, drawn);
}

function drawBar({ label, value, isOurs = false }: Bar, y: number, most: number): string[] {
  const start = margin + labels;
  const length = Math.max(1, (value / most) * (width - start - figures - margin));
  const classes = isOurs ? 'ours' : '';
  const middle = y + rowHeight / 2 + 4.5;
  const colour = isOurs ? 'var(--ours)' : 'var(--bar)';
  return [
    text({ x: start - 10, y: middle, classes, anchor: 'end' }, label),
    `<rect x="${at(start)}" y="${at(y + 4)}" width="${at(length)}" height="${rowHeight - 8}" rx="3" style="fill: ${colour}"/>`,
    text({ x: start + length + 8, y: middle, classes }, figure(value)),
  ];
}
