import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { messageRow, readMessage } from '../../lambdas/aws/message-row.ts';
import { readPages } from '../../lambdas/aws/pages.ts';
import type { CopiedMessage, CopyStore, FailedMessage, MailboxKey } from '../../lambdas/copied-message.ts';
import type { Output } from './output.ts';

interface CopyExportDependencies {
  /** Every message of the copy, Spam and Trash included. */
  readonly listMessages: (mailbox: MailboxKey) => AsyncIterable<readonly CopiedMessage[]>;
  readonly copy: Pick<CopyStore, 'listFailed'>;
  readonly output: Output;
}

/** Reads all messages consistently, one page of the table at a time. */
export function createMessageLister(
  tables: DynamoDBDocumentClient,
  tableName: string,
): CopyExportDependencies['listMessages'] {
  return async function* listMessages({ accountId, generation }) {
    const query = {
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: 'mailbox = :mailbox',
      ExpressionAttributeValues: { ':mailbox': `${accountId}#${generation}` },
    };
    for await (const rows of readPages(paginateQuery({ client: tables }, query), messageRow)) {
      yield rows.map(readMessage);
    }
  };
}

/**
 * Writes the offline copy of a mailbox, one message per line, as in the API's responses and with the history ID; then
 * the messages that could not be copied, with the reason.
 *
 * @returns the number of each
 */
export async function exportCopy(
  mailbox: MailboxKey,
  { listMessages, copy, output }: CopyExportDependencies,
): Promise<{ messages: number; failed: number }> {
  let messages = 0;
  for await (const page of listMessages(mailbox)) {
    for (const message of page) await output.write(JSON.stringify(showMessage(message)));
    messages += page.length;
  }
  const failed = await copy.listFailed(mailbox);
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
