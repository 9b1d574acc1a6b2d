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

/** What a command takes, and what its help says. */
interface CommandForm {
  /** How many files it takes, or arguments of another kind. */
  readonly files: number;
  readonly what?: string;
  readonly options: readonly OptionName[];
  /** What it does, in a sentence. */
  readonly about: string;
  /** Its arguments in an example. */
  readonly example: string;
}

/** The commands of a tool, by their names. */
export type Commands = Readonly<Record<string, CommandForm>>;

/** What each option means. */
const meanings: Readonly<Record<OptionName, string>> = {
  stage: '<name>: the deployed stage; prod if left out',
  local: 'what npm start runs in the data folder, instead of a stage',
  out: '<file>: write to a new file instead of standard output',
  account: '<number>: the account’s number at Google',
  'dry-run': 'report what would be done, and change nothing',
  scopes: '<scopes>: the scopes of the stage, if it was deployed with its own',
  'no-copy': 'the stage was deployed with copy=off',
  json: 'print one JSON document',
  owner: '<owner>: every grant of this owner',
  everyone: 'every grant of the stage',
  yes: 'do not ask for confirmation',
  origin: '<https://…>: the site’s own origin',
  'daily-units': '<number>: the daily units of the stage, if it was deployed with its own',
};

/**
 * Returns the help of a tool, or of one of its commands.
 *
 * @param tool how the tool is called, such as `npm run ops --`
 * @returns undefined unless asked for by `--help`, `-h`, `help` or no arguments
 */
export function helpFor(args: readonly string[], tool: string, commands: Commands): string | undefined {
  const asked =
    args.length === 0 || args[0] === 'help' || args.some((arg) => arg === '--help' || arg === '-h');
  if (!asked) return undefined;
  const named = Object.entries(commands).filter(([name]) => args.includes(name));
  const shown = named.length > 0 ? named : Object.entries(commands);
  const options = Object.entries(meanings).filter(([option]) =>
    shown.some(([, form]) => form.options.some((name) => name === option)),
  );
  return [
    `Usage: ${tool} <command> [options]`,
    ...shown.map(([name, form]) => helpOf(name, form, tool)),
    ['Options', ...options.map(([option, meaning]) => `  --${option.padEnd(13)}${meaning}`)].join('\n'),
    '',
  ]
    .join('\n\n')
    .trimEnd();
}

function helpOf(name: string, { files, what = 'file', options, about, example }: CommandForm, tool: string) {
  return [
    `${name}${files > 0 ? ` <${what}>` : ''}`,
    `  ${about}`,
    `  Example: ${tool} ${[name, example].join(' ').trim()}`,
    `  Options: ${options.map((option) => `--${option}`).join(' ')}`,
  ].join('\n');
}

/**
 * Reads the command line of a tool.
 *
 * @param usage how the tool is called, for the error
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
    // An argument may be a misplaced token: do not repeat it.
    throw refuse('an option is not known, or lacks its value');
  }
}
