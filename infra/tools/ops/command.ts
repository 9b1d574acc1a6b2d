import type { CommandForm, Options } from '../command-line.ts';
import type { Installation } from '../installation.ts';
import type { Stores } from './stores.ts';

/** One call of a command. */
export interface OpsCall {
  readonly installation: Installation;
  readonly stores: Stores;
  /** The account or address; empty if the command takes none. */
  readonly argument: string;
  readonly options: Options;
  /** Report what would be done, and change nothing. */
  readonly dryRun: boolean;
  /** Names the account in the audit record. */
  readonly concern: (accountId: string) => void;
}

/** The result of a command. It contains no token and no mail. */
export interface OpsOutcome {
  /** Whether all was done, or all is well; otherwise the exit status is 1. */
  readonly ok: boolean;
  /** For people. */
  readonly lines: readonly string[];
  /** For programs, with `--json`. */
  readonly result: Readonly<Record<string, unknown>>;
}

/** A command of `npm run ops`. Its options come on top of those that all commands take. */
export interface OpsCommand extends CommandForm {
  /** Whether it changes anything, and so has an audit record. */
  readonly changes: boolean;
  /** Refuses options before anything is read. @throws UsageError */
  readonly check?: (options: Options) => void;
  readonly run: (call: OpsCall) => Promise<OpsOutcome>;
}
