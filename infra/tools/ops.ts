/** `npm run ops`: what operators do from day to day. Ends with 0: done; 1: not done, or a fault found; 2: called wrongly. */
import { type CommandLine, helpFor, type Options, readCommandLine } from './command-line.ts';
import { findInstallation, type Installation } from './installation.ts';
import { writeRecord } from './log.ts';
import type { OpsCall, OpsCommand, OpsOutcome } from './ops/command.ts';
import { commands } from './ops/commands.ts';
import { openStores } from './ops/stores.ts';
import { print } from './output.ts';
import { explain, runTool, ToolError } from './tool-error.ts';

const furtherOptions = Object.entries(commands)
  .flatMap(([name, { options = [] }]) => (options.length > 0 ? [`${name}: --${options.join(' --')}`] : []))
  .join('; ');

const usage =
  `npm run ops -- <${Object.keys(commands).join(' | ')}> ` +
  `[account] [--dry-run] [--json] [--stage prod | --local]; also, of ${furtherOptions}`;

const ofAll = ['stage', 'local', 'dry-run', 'json'] as const;

const taken = Object.fromEntries(
  Object.entries(commands).map(([name, { takes, options = [], about, example = '' }]) => [
    name,
    { files: takes === undefined ? 0 : 1, what: 'account', options: [...ofAll, ...options], about, example },
  ]),
);

const args = process.argv.slice(2);

await runTool(async () => {
  const help = helpFor(args, 'npm run ops --', taken);
  if (help !== undefined) return print(help);
  try {
    return await run(readCommandLine(args, taken, usage));
  } catch (error) {
    // Programs read standard output.
    if (args.includes('--json')) printDocument({ ok: false, error: explain(error) });
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
  let concerned: string | undefined;
  const record = (ended: string) => {
    if (command.changes && !dryRun)
      audit({ command: name, installation: installation.name, ended }, concerned);
  };
  const concern = (accountId: string) => {
    concerned = accountId;
  };
  const call = { installation, stores, argument, options, dryRun, concern };
  const { ok, lines, result } = await runRecorded(command, call, record);
  if (options.json) printDocument({ command: name, installation: installation.name, dryRun, ok, ...result });
  else process.stdout.write(`${lines.join('\n')}\n`);
  return ok ? 0 : 1;
}

/** What is broken off may have changed something; a tool's own error says that nothing was done. */
async function runRecorded(
  command: OpsCommand,
  call: OpsCall,
  record: (ended: string) => void,
): Promise<OpsOutcome> {
  try {
    const outcome = await command.run(call);
    record(outcome.ok ? 'well' : 'with faults');
    return outcome;
  } catch (error) {
    if (!(error instanceof ToolError)) record('broken off');
    throw error;
  }
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
function audit(ending: Readonly<Record<string, string>>, accountId: string | undefined): void {
  writeRecord({ event: 'operator command', ...ending, ...(accountId !== undefined && { accountId }) });
}

function printDocument(document: object): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
