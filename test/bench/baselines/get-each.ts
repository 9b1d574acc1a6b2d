/**
 * A copy of a mailbox as it is usually written: the whole of googleapis, one call for each message, one write for each,
 * one or several at a time, and when Google refuses, a longer and longer wait.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { google } from 'googleapis';

const { MESSAGES_TABLE = '', GMAIL_ROOT_URL = '', SYNC_MINUTE_SECONDS = '60' } = process.env;

/**
 * Milliseconds of the first wait, when the quota's minute has sixty seconds: Google, “Resolve errors: Exponential
 * backoff”.
 */
const firstWait = (1_000 * Number(SYNC_MINUTE_SECONDS)) / 60;
const longestWait = 64 * firstWait;

const metadataHeaders = ['From', 'To', 'Subject'];
const fields = 'id,threadId,labelIds,snippet,historyId,internalDate,sizeEstimate,payload/headers';

const tables = DynamoDBDocumentClient.from(new DynamoDBClient());

interface Order {
  readonly accessToken: string;
  readonly partition: string;
  readonly atOnce: number;
}

export async function handler({ accessToken, partition, atOnce }: Order): Promise<void> {
  const auth = new google.auth.OAuth2();
  auth.setCredentials({ access_token: accessToken });
  const { messages } = google.gmail({ version: 'v1', auth, rootUrl: GMAIL_ROOT_URL }).users;

  async function copy(id: string): Promise<void> {
    const { data } = await patiently(() =>
      messages.get({ userId: 'me', id, format: 'metadata', metadataHeaders, fields }),
    );
    const header = (wanted: string) =>
      data.payload?.headers?.find(({ name }) => name?.toLowerCase() === wanted)?.value ?? '';
    const Item = {
      mailbox: partition,
      messageId: id,
      threadId: data.threadId,
      labelIds: data.labelIds ?? [],
      internalDate: Number(data.internalDate),
      historyId: (data.historyId ?? '').padStart(20, '0'),
      from: header('from'),
      to: header('to'),
      subject: header('subject'),
      snippet: data.snippet ?? '',
      size: data.sizeEstimate ?? 0,
      dateKey: `${(data.internalDate ?? '').padStart(15, '0')}#${id}`,
      schemaVersion: 1,
    };
    await tables.send(new PutCommand({ TableName: MESSAGES_TABLE, Item }));
  }

  let pageToken: string | undefined;
  do {
    const query = { userId: 'me', maxResults: 500, includeSpamTrash: true };
    const { data } = await patiently(() =>
      messages.list(pageToken === undefined ? query : { ...query, pageToken }),
    );
    const ids = (data.messages ?? []).flatMap(({ id }) => id ?? []).values();
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const id of ids) await copy(id);
      }),
    );
    pageToken = data.nextPageToken ?? undefined;
  } while (pageToken !== undefined);
}

/** Calls again for as long as Google refuses for its limits. */
async function patiently<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (let wait = firstWait; ; wait = Math.min(2 * wait, longestWait)) {
    try {
      return await call();
    } catch (error) {
      const status = (error as { status?: number }).status ?? 0;
      if (![403, 429, 503].includes(status)) throw error;
    }
    await sleep(wait + Math.random() * firstWait);
  }
}
