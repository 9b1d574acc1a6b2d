import type { TargetName } from './targets.ts';

/** A row of a table that a part prints. */
export type Row = Readonly<Record<string, string | number>>;

/** What a part of the benchmark found. */
export interface Findings {
  /** Tables for people, by their titles. */
  readonly tables: Readonly<Record<string, readonly Row[]>>;
  /** A report to print as it is, after the tables. */
  readonly text?: string;
  /** The figures for which there are targets. */
  readonly figures: Readonly<Partial<Record<TargetName, number>>>;
  /** Everything that was measured, for programs: it goes into the part's JSON as it is. */
  readonly data: unknown;
}

/** A part of the benchmark. */
export type Part = () => Promise<Findings>;
