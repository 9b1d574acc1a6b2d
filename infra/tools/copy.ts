/** `npm run copy`: exports the stored copy of a mailbox. */
import { createAccountReader } from '../../lambdas/aws/account-list.ts';
import { createMailboxesTable } from '../../lambdas/aws/mailboxes-table.ts';
import { createMessagesTable } from '../../lambdas/aws/messages-table.ts';
import { connectTables } from '../../lambdas/aws/table.ts';
import { readConfig } from '../../lambdas/config.ts';
import { type CommandLine, runCommand } from './command-line.ts';
import { createMessageLister, exportCopy } from './export-copy.ts';
import { findInstallation } from './installation.ts';
import { writeRecord } from './log.ts';
import { withOutput } from './output.ts';
import { runTool, ToolError } from './tool-error.ts';

const commands = {
  export: {
    options: ['account', 'stage', 'local', 'out'],
    about: 'Writes the stored copy of a mailbox as JSON lines, one message a line.',
    example: '--account 150213319623975729730 --out copy.jsonl',
  },
} as const;

await runTool(() => runCommand('npm run copy --', commands, run));

async function run({ options }: CommandLine): Promise<number> {
  const { account } = options;
  if (account === undefined)
    throw new ToolError('give the account with --account; see npm run copy -- --help');
  const { name, variables } = await findInstallation(options, process.env);
  const config = readConfig(variables, 'grantsTable', 'mailboxesTable', 'messagesTable');
  const tables = connectTables();
  const found = await createAccountReader(tables, config.grantsTable)(account);
  if (found === undefined || found.status === 'disconnecting') {
    throw new ToolError('no such account is connected; give its number at Google, not its address');
  }
  const mailbox = { accountId: account, generation: found.generation };
  const counts = await withOutput(options.out, (output) =>
    exportCopy(mailbox, {
      listMessages: createMessageLister(tables, config.messagesTable),
      copy: createMessagesTable(tables, config.messagesTable),
      output,
    }),
  );
  const state = await createMailboxesTable(tables, config.mailboxesTable).find(account);
  const phase = state?.generation === found.generation ? state.phase : 'not copied';
  writeRecord({ event: 'copy exported', installation: name, accountId: account, ...counts, phase });
  return 0;
}
