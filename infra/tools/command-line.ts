import { parseArgs } from 'node:util';
import { UsageError } from './tool-error.ts';

/** The options of all tools. */
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

type OptionName = keyof typeof known;

/** The options that were given. */
export type Options = {
  readonly [Name in OptionName]?: (typeof known)[Name]['type'] extends 'boolean' ? boolean : string;
};

/** A command line, read. */
export interface CommandLine {
  readonly command: string;
  /** The file or account; empty if the command takes none. */
  readonly argument: string;
  readonly options: Options;
}

/** What a command takes, and what its help says. */
export interface CommandForm {
  /** Its argument beside options. */
  readonly takes?: 'file' | 'account';
  readonly options?: readonly OptionName[];
  /** What it does, in a sentence. */
  readonly about: string;
  /** Its arguments in an example. */
  readonly example?: string;
}

type Commands = Readonly<Record<string, CommandForm>>;

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
 * Runs a command of a tool, or prints the help if asked for it or if called without arguments.
 *
 * @param tool how the tool is called, such as `npm run ops --`
 * @returns the exit status
 * @throws UsageError for a wrong command line; errors of the command
 */
export async function runCommand(
  tool: string,
  commands: Commands,
  run: (line: CommandLine) => Promise<number>,
): Promise<number> {
  const args = process.argv.slice(2);
  const isHelp = args.length === 0 || args[0] === 'help' || args.includes('--help') || args.includes('-h');
  if (!isHelp) return run(readCommandLine(args, commands, tool));
  process.stdout.write(`${helpFor(args, tool, commands)}\n`);
  return 0;
}

/** The help of the commands that are named, or else of all. */
function helpFor(args: readonly string[], tool: string, commands: Commands): string {
  const named = Object.entries(commands).filter(([name]) => args.includes(name));
  const shown = named.length > 0 ? named : Object.entries(commands);
  const taken = new Set<string>(shown.flatMap(([, { options = [] }]) => options));
  const options = Object.entries(meanings).filter(([option]) => taken.has(option));
  return [
    `Usage: ${tool} <command> [options]`,
    ...shown.map(([name, form]) => helpOf(name, form, tool)),
    ['Options', ...options.map(([option, meaning]) => `  --${option.padEnd(13)}${meaning}`)].join('\n'),
  ].join('\n\n');
}

function helpOf(name: string, { takes, options = [], about, example = '' }: CommandForm, tool: string) {
  return [
    `${name}${takes === undefined ? '' : ` <${takes}>`}`,
    `  ${about}`,
    `  Example: ${tool} ${[name, example].join(' ').trim()}`,
    `  Options: ${options.map((option) => `--${option}`).join(' ')}`,
  ].join('\n');
}

function readCommandLine(args: readonly string[], commands: Commands, tool: string): CommandLine {
  const refuse = (what: string) => new UsageError(`${what}; see ${tool} --help`);
  const { positionals, values } = parse(args, refuse);
  const [command, argument = ''] = positionals;
  if (command === undefined) throw refuse('no command was given');
  const form = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (form === undefined) throw refuse('there is no such command');
  const { takes, options = [] } = form;
  if (takes !== undefined && positionals.length !== 2) throw refuse(`${command} takes one ${takes}`);
  if (takes === undefined && positionals.length > 1) throw refuse(`${command} takes only options`);
  const stray = Object.keys(values).find((name) => !options.some((option) => option === name));
  if (stray !== undefined) throw refuse(`${command} does not take --${stray}`);
  if (values.local && values.stage !== undefined) throw refuse('--stage and --local exclude each other');
  return { command, argument, options: values };
}

function parse(args: readonly string[], refuse: (what: string) => UsageError) {
  try {
    return parseArgs({ args: [...args], options: known, allowPositionals: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // An argument may be a misplaced token: do not repeat it.
    throw refuse('an option is unknown, or has no value');
  }
}
