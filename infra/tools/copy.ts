/** `npm run copy`: exports the stored copy of a mailbox. */
import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { createAccountReader } from '../../lambdas/aws/account-list.ts';
import { createMailboxesTable } from '../../lambdas/aws/mailboxes-table.ts';
import { messageRow, partitionOf, readMessage } from '../../lambdas/aws/message-row.ts';
import { createMessagesTable } from '../../lambdas/aws/messages-table.ts';
import { readPages } from '../../lambdas/aws/pages.ts';
import { connectTables } from '../../lambdas/aws/table.ts';
import { readConfig } from '../../lambdas/config.ts';
import type { CopiedMessage, FailedMessage, MailboxKey } from '../../lambdas/copied-message.ts';
import { type CommandLine, runCommand } from './command-line.ts';
import { findInstallation } from './installation.ts';
import { writeRecord } from './log.ts';
import { type Output, withOutput } from './output.ts';
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
    exportCopy(mailbox, tables, config.messagesTable, output),
  );
  const state = await createMailboxesTable(tables, config.mailboxesTable).find(account);
  const phase = state?.generation === found.generation ? state.phase : 'not copied';
  writeRecord({ event: 'copy exported', installation: name, accountId: account, ...counts, phase });
  return 0;
}

/**
 * Writes the stored copy of a mailbox, Spam and Trash included: one message per line, as in the API's responses and
 * with the history ID; then the messages that could not be copied, with the reason. Reads consistently, and holds one
 * page of the table at a time.
 *
 * @returns the number of each
 */
async function exportCopy(
  mailbox: MailboxKey,
  tables: DynamoDBDocumentClient,
  tableName: string,
  output: Output,
): Promise<{ messages: number; failed: number }> {
  const query = {
    TableName: tableName,
    ConsistentRead: true,
    KeyConditionExpression: 'mailbox = :mailbox',
    ExpressionAttributeValues: { ':mailbox': partitionOf(mailbox) },
  };
  let messages = 0;
  for await (const rows of readPages(paginateQuery({ client: tables }, query), messageRow)) {
    for (const row of rows) await output.write(JSON.stringify(showMessage(readMessage(row))));
    messages += rows.length;
  }
  const failed = await createMessagesTable(tables, tableName).listFailed(mailbox);
  for (const message of failed) await output.write(JSON.stringify(showFailed(message)));
  return { messages, failed: failed.length };
}

/** In Gmail's form: `internalDate` is text, and history IDs have no leading zeros. */
function showMessage({ internalDate, historyId, ...message }: CopiedMessage) {
  return { ...message, internalDate: String(internalDate), historyId: historyId.replace(/^0+(?=.)/, '') };
}

function showFailed({ id, reason, attempts, nextAttemptAt }: FailedMessage) {
  return { id, failed: reason, attempts, nextAttempt: new Date(nextAttemptAt).toISOString() };
}
