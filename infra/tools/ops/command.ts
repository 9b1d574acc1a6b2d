import type { OptionName, Options } from '../command-line.ts';
import type { Installation } from '../installation.ts';
import type { Stores } from './stores.ts';

/** One call of an operator's command. */
export interface OpsCall {
  readonly installation: Installation;
  readonly stores: Stores;
  /** The account or address that was named; empty where the command takes none. */
  readonly argument: string;
  readonly options: Options;
  /** Say what would be done, and change nothing. */
  readonly dryRun: boolean;
  /** Says which account it is about, for the record of what was changed. */
  readonly concern: (accountId: string) => void;
}

/** How a command ended. No token and no mail is in it. */
export interface OpsOutcome {
  /** Whether it was done, or all is well; else the process ends with status 1. */
  readonly ok: boolean;
  /** For people. */
  readonly lines: readonly string[];
  /** For programs, with `--json`. */
  readonly result: Readonly<Record<string, unknown>>;
}

/** An operator's command. */
export interface OpsCommand {
  /** What it does, in a sentence. */
  readonly about: string;
  /** Its arguments in an example; left out where there are none. */
  readonly example?: string;
  /** What it takes beside options: an account by its number or address, or nothing. */
  readonly takes?: 'account';
  /** What it takes beside the options of all commands. */
  readonly options?: readonly OptionName[];
  /** Whether it changes anything, and so is written down. */
  readonly changes: boolean;
  /** Refuses options that make no sense, before anything is looked at. @throws UsageError */
  readonly check?: (options: Options) => void;
  readonly run: (call: OpsCall) => Promise<OpsOutcome>;
}
