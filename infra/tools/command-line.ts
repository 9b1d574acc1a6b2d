import { parseArgs } from 'node:util';
import { UsageError } from './tool-error.ts';

/** What may be given to a tool, beside the command itself. */
const known = {
  stage: { type: 'string' },
  local: { type: 'boolean' },
  out: { type: 'string' },
  account: { type: 'string' },
  'dry-run': { type: 'boolean' },
  scopes: { type: 'string' },
  'no-copy': { type: 'boolean' },
  json: { type: 'boolean' },
  owner: { type: 'string' },
  everyone: { type: 'boolean' },
  yes: { type: 'boolean' },
  origin: { type: 'string' },
  'daily-units': { type: 'string' },
} as const;

/** The name of an option. */
export type OptionName = keyof typeof known;

/** The options that were given. */
export type Options = {
  readonly [Name in OptionName]?: (typeof known)[Name]['type'] extends 'boolean' ? boolean : string;
};

/** A command line, read. */
export interface CommandLine {
  readonly command: string;
  readonly files: readonly string[];
  readonly options: Options;
}

/** What a command takes: so many files, or whatever else it is, and these options. */
export type Commands = Readonly<
  Record<string, { readonly files: number; readonly what?: string; readonly options: readonly OptionName[] }>
>;

/**
 * Reads the command line of a tool.
 *
 * @param usage how the tool is called, for whoever called it otherwise
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[], commands: Commands, usage: string): CommandLine {
  const refuse = (what: string) => new UsageError(`${what}; call it like this: ${usage}`);
  const { positionals, values } = parse(args, refuse);
  const [command, ...files] = positionals;
  if (command === undefined) throw refuse('it was not said what to do');
  const expected = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (expected === undefined) throw refuse('there is no such command');
  if (files.length !== expected.files) {
    const { what = 'file' } = expected;
    throw refuse(`${command} takes ${expected.files === 1 ? 'one' : 'no'} ${what}`);
  }
  const stray = Object.keys(values).find((name) => !expected.options.some((option) => option === name));
  if (stray !== undefined) throw refuse(`${command} does not take --${stray}`);
  if (values.local && values.stage !== undefined) throw refuse('--stage and --local exclude each other');
  return { command, files, options: values };
}

function parse(args: readonly string[], refuse: (what: string) => UsageError) {
  try {
    return parseArgs({ args: [...args], options: known, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // An argument may be a token in the wrong place: it is not repeated.
    throw refuse('an option is not known, or lacks its value');
  }
}
