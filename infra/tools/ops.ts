/** `npm run ops`: the commands of operators. Exit status 0: done; 1: not done, or something failed; 2: wrong usage. */
import { type CommandForm, type CommandLine, runCommand } from './command-line.ts';
import { findInstallation } from './installation.ts';
import { writeRecord } from './log.ts';
import type { OpsCall, OpsCommand, OpsOutcome } from './ops/command.ts';
import { commands } from './ops/commands.ts';
import { openStores } from './ops/stores.ts';
import { explain, runTool, ToolError } from './tool-error.ts';

const forms = Object.fromEntries(
  Object.entries(commands).map(([name, { options = [], ...form }]): [string, CommandForm] => [
    name,
    { ...form, options: ['stage', 'local', 'dry-run', 'json', ...options] },
  ]),
);

await runTool(async () => {
  try {
    return await runCommand('npm run ops --', forms, run);
  } catch (error) {
    // Programs read standard output.
    if (process.argv.includes('--json')) printDocument({ ok: false, error: explain(error) });
    throw error;
  }
}, 2);

async function run({ command: name, argument, options }: CommandLine): Promise<number> {
  const command = commands[name];
  if (command === undefined) throw new Error('The command line is read by the table of commands.');
  command.check?.(options);
  const installation = await findInstallation(options, process.env);
  const dryRun = options['dry-run'] ?? false;
  const stores = openStores(installation);
  let accountId: string | undefined;
  const record = (ended: string) => {
    if (!command.changes || dryRun) return;
    const about = { command: name, installation: installation.name, ended };
    writeRecord({ event: 'operator command', ...about, ...(accountId !== undefined && { accountId }) });
  };
  const concern = (named: string) => {
    accountId = named;
  };
  const call = { installation, stores, argument, options, dryRun, concern };
  const { ok, lines, result } = await runRecorded(command, call, record);
  if (options.json) printDocument({ command: name, installation: installation.name, dryRun, ok, ...result });
  else process.stdout.write(`${lines.join('\n')}\n`);
  return ok ? 0 : 1;
}

/** A command that is interrupted may have changed something. A ToolError means that nothing was done. */
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

function printDocument(document: object): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
