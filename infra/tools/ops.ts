/** `npm run ops`: what operators do from day to day. Ends with 0: done; 1: not done, or a fault found; 2: called wrongly. */
import { type CommandLine, type Options, readCommandLine } from './command-line.ts';
import { findInstallation, type Installation } from './installation.ts';
import { writeRecord } from './log.ts';
import type { OpsOutcome } from './ops/command.ts';
import { commands } from './ops/commands.ts';
import { openStores } from './ops/stores.ts';
import { explain, runTool } from './tool-error.ts';

const usage =
  `npm run ops -- <${Object.keys(commands).join(' | ')}> ` +
  '[account] [--dry-run] [--json] [--stage prod | --local]';

const ofAll = ['stage', 'local', 'dry-run', 'json'] as const;

const taken = Object.fromEntries(
  Object.entries(commands).map(([name, { takes, options = [] }]) => [
    name,
    { files: takes === undefined ? 0 : 1, what: 'account', options: [...ofAll, ...options] },
  ]),
);

const args = process.argv.slice(2);

await runTool(async () => {
  try {
    return await run(readCommandLine(args, taken, usage));
  } catch (error) {
    // Programs read standard output.
    if (args.includes('--json')) print({ ok: false, error: explain(error) });
    throw error;
  }
}, 2);

async function run({ command: name, files: [argument = ''], options }: CommandLine): Promise<number> {
  const command = commands[name];
  if (command === undefined) throw new Error('The command line is read by the table of commands.');
  command.check?.(options);
  const installation = chosen(await findInstallation(options, process.env), options);
  const dryRun = options['dry-run'] ?? false;
  const stores = openStores(installation);
  const { ok, lines, result } = await command.run({ installation, stores, argument, options, dryRun });
  if (options.json) print({ command: name, installation: installation.name, dryRun, ok, ...result });
  else process.stdout.write(`${lines.join('\n')}\n`);
  if (command.changes && !dryRun) audit(name, installation, { ok, lines, result });
  return ok ? 0 : 1;
}

/** A deployment's choices stand in its functions, not under a fixed name: those that matter here are said once more. */
function chosen(installation: Installation, options: Options): Installation {
  const { variables } = installation;
  return {
    ...installation,
    variables: {
      ...variables,
      ...(options.scopes !== undefined && { SCOPES: options.scopes }),
      ...(options['daily-units'] !== undefined && { DAILY_UNITS: options['daily-units'] }),
      ...(options['no-copy'] && { COPY: 'off' }),
    },
  };
}

/** What was changed is written down on standard error, for whoever keeps such records. */
function audit(command: string, { name }: Installation, { ok, result }: OpsOutcome): void {
  const { accountId } = result;
  writeRecord({
    event: 'operator command',
    command,
    installation: name,
    ended: ok ? 'well' : 'with faults',
    ...(typeof accountId === 'string' && { accountId }),
  });
}

function print(document: object): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
