import { at, type Frame, figure, lineColours, margin, picture, text, top, width } from './svg.ts';
import type { Point } from './trend.ts';

/** Lines that share their axes, both logarithmic. */
export interface LinePanel {
  /** What they show, with its unit. */
  readonly title: string;
  /** What the sizes count. */
  readonly sizes: string;
  readonly lines: readonly Line[];
}

export interface Line {
  readonly label: string;
  /** Values of zero are left out: a logarithmic axis has no place for them. */
  readonly points: readonly Point[];
}

/** Panels beside each other, and what is left free in each: for figures, labels, title and sizes. */
const columns = 2;
const space = { left: 44, right: 96, above: 32, below: 40 };
const panelHeight = 250;
const labelHeight = 14;

/** Draws panels of lines. */
export function lineChart(frame: Frame, panels: readonly LinePanel[]): string {
  const panelWidth = (width - 2 * margin) / columns;
  const drawn = panels.flatMap((panel, index) =>
    drawPanel(panel, {
      left: margin + (index % columns) * panelWidth + space.left,
      right: margin + ((index % columns) + 1) * panelWidth - space.right,
      top: top + Math.floor(index / columns) * panelHeight + space.above,
      bottom: top + (Math.floor(index / columns) + 1) * panelHeight - space.below,
    }),
  );
  return picture(frame, top + Math.ceil(panels.length / columns) * panelHeight, drawn);
}

interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function drawPanel({ title, sizes, lines }: LinePanel, area: Area): string[] {
  const shown = lines.map(({ label, points }) => ({
    label,
    points: points.filter(({ value }) => value > 0),
  }));
  const points = shown.flatMap((line) => line.points);
  const x = logScale(
    points.map(({ size }) => size),
    area.left,
    area.right,
  );
  const y = logScale(decadesOf(points.map(({ value }) => value)), area.bottom, area.top);
  const labels = apart(shown.map((line) => y(line.points.at(-1)?.value ?? 1)));
  return [
    text({ x: area.left - space.left, y: area.top - 16, classes: 'panel' }, title),
    ...decadesOf(points.map(({ value }) => value)).flatMap((value) => [
      `<line x1="${at(area.left)}" x2="${at(area.right)}" y1="${at(y(value))}" y2="${at(y(value))}" style="stroke: var(--edge)"/>`,
      text({ x: area.left - 6, y: y(value) + 4, classes: 'quiet small', anchor: 'end' }, figure(value)),
    ]),
    ...[...new Set(points.map(({ size }) => size))].map((size) =>
      text({ x: x(size), y: area.bottom + 16, classes: 'quiet small', anchor: 'middle' }, figure(size)),
    ),
    text(
      { x: (area.left + area.right) / 2, y: area.bottom + 31, classes: 'quiet small', anchor: 'middle' },
      sizes,
    ),
    ...shown.flatMap((line, index) => drawLine(line, x, y, labels[index] ?? 0, lineColours[index] ?? '')),
  ];
}

type Scale = (value: number) => number;

function drawLine({ label, points }: Line, x: Scale, y: Scale, labelAt: number, colour: string): string[] {
  const last = points.at(-1);
  if (last === undefined) return [];
  const path = points.map(({ size, value }) => `${at(x(size))},${at(y(value))}`).join(' ');
  return [
    `<polyline points="${path}" style="fill: none; stroke: ${colour}; stroke-width: 2"/>`,
    ...points.map(
      ({ size, value }) =>
        `<circle cx="${at(x(size))}" cy="${at(y(value))}" r="3" style="fill: ${colour}"><title>${figure(value)}</title></circle>`,
    ),
    text({ x: x(last.size) + 8, y: labelAt + 4, classes: 'small', fill: colour }, label),
  ];
}

/** Where a value lies between two ends, by its logarithm; in the middle where all are the same. */
function logScale(values: readonly number[], start: number, end: number): Scale {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  if (high === low) return () => (start + end) / 2;
  return (value) => start + ((Math.log(value) - low) / (high - low)) * (end - start);
}

/** The powers of ten from the one below all values to the one above. */
function decadesOf(values: readonly number[]): number[] {
  const [low, high] = [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ];
  return Array.from({ length: Math.max(high, low + 1) - low + 1 }, (_, index) => 10 ** (low + index));
}

/** Labels that would lie over each other, moved apart. */
function apart(places: readonly number[]): number[] {
  const moved = [...places];
  const order = places
    .map((_, index) => index)
    .sort((one, other) => (places[one] ?? 0) - (places[other] ?? 0));
  let free = Number.NEGATIVE_INFINITY;
  for (const index of order) {
    moved[index] = Math.max(places[index] ?? 0, free);
    free = (moved[index] ?? 0) + labelHeight;
  }
  return moved;
}
