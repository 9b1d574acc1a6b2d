import { judge, type Target, type TargetName, targets } from './targets.ts';

/** Figures by the names of their targets. */
export type Figures = Readonly<Partial<Record<TargetName, number>>>;

/** A figure as tables show it: the digits that count. */
export const rounded = (figure: number, digits = 3): number => Number(figure.toPrecision(digits));

/** The targets as a Markdown table, each with its figure; a dash where there is none. */
export function targetsTable(figures: Figures): string {
  const rows = (Object.keys(targets) as TargetName[]).map((name) => rowOf(name, figures[name]));
  return [['what', 'must', 'aim', 'measured', 'result'], Array(5).fill('---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
}

function rowOf(name: TargetName, figure: number | undefined): string[] {
  const { what, unit, must, aim, ...rest }: Target = targets[name];
  const withUnit = (value: number) =>
    `${value.toLocaleString('en-US', { maximumFractionDigits: 9 })} ${unit}`.trim();
  const bound = rest.atLeast === true ? '≥' : '≤';
  const limits = [must, aim].map((limit) => `${bound} ${withUnit(rounded(limit))}`);
  if (figure === undefined) return [what, ...limits, '–', '–'];
  return [what, ...limits, withUnit(decisive(name, figure)), judge(name, figure)];
}

/** The figure with as many digits as show on which side of its limits it lies. */
function decisive(name: TargetName, figure: number): number {
  const digits = [3, 4, 5, 6].find((some) => judge(name, rounded(figure, some)) === judge(name, figure));
  return digits === undefined ? figure : rounded(figure, digits);
}
