import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { LocalAws } from './environment.ts';

/** The progress of one mailbox's copy. */
export interface MailboxProgress {
  readonly email: string;
  readonly phase: string;
  readonly copied: number;
  /** Gmail's estimate of the number of messages, if known. */
  readonly about?: number | undefined;
  readonly failed: number;
}

/** The source and the display of progress. */
interface ProgressOptions {
  readonly read: () => Promise<readonly MailboxProgress[]>;
  /** Called when something changed. */
  readonly show: (text: string) => void;
  /** Milliseconds between reads. */
  readonly interval: number;
  /** Show only changed mailboxes, for a log; otherwise all, for a status line. */
  readonly changedOnly: boolean;
}

/** Reads the progress of the copies periodically and shows it. */
export function startProgress({ read, show, interval, changedOnly }: ProgressOptions): { close(): void } {
  let shown = new Set<string>();

  async function look(): Promise<void> {
    const texts = (await read()).map(describeProgress);
    const changed = texts.filter((text) => !shown.has(text));
    if (changed.length === 0 && texts.length === shown.size) return;
    shown = new Set(texts);
    const lines = changedOnly ? changed : texts;
    if (lines.length > 0 || !changedOnly) show(lines.join(' · '));
  }

  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const lookAgain = async () => {
    // A failed read is harmless: services may be stopping, and the next read shows the same.
    await look().catch(() => {});
    if (!closed) timer = setTimeout(lookAgain, interval);
  };
  timer = setTimeout(lookAgain, interval);
  return {
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** One mailbox as text: `ada@example.com backfill 1,200 / about 20,000, 6 %, 3 failed`. */
export function describeProgress({ email, phase, copied, about, failed }: MailboxProgress): string {
  const failures = failed === 0 ? '' : `, ${count(failed)} failed`;
  if (about === undefined) return `${email} ${phase} ${count(copied)} copied${failures}`;
  // Gmail's estimate may be below the number already found.
  const total = Math.max(about, copied);
  const percent = total === 0 ? 100 : Math.floor((100 * copied) / total);
  return `${email} ${phase} ${count(copied)} / about ${count(total)}, ${percent} %${failures}`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

const mailboxRow = v.object({
  accountId: v.string(),
  phase: v.string(),
  copied: v.number(),
  about: v.optional(v.number()),
  failed: v.number(),
});
const grantRow = v.object({ accountId: v.string(), email: v.string() });

type Access = Pick<LocalAws, 'dynamodbEndpoint' | 'region' | 'credentials' | 'tableNames'>;

/** Reads the progress of every mailbox from the tables, by e-mail address. */
export async function readProgress({
  dynamodbEndpoint: endpoint,
  region,
  credentials,
  tableNames,
}: Access): Promise<MailboxProgress[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
  const scan = async <Row extends v.ObjectSchema<v.ObjectEntries, undefined>>(
    TableName: string,
    row: Row,
  ) => {
    const names = Object.fromEntries(Object.keys(row.entries).map((name) => [`#${name}`, name]));
    const rows: v.InferOutput<Row>[] = [];
    for await (const { Items = [] } of paginateScan(
      { client },
      {
        TableName,
        ProjectionExpression: Object.keys(names).join(', '),
        ExpressionAttributeNames: names,
      },
    )) {
      rows.push(...Items.map((item) => v.parse(row, item)));
    }
    return rows;
  };
  try {
    const mailboxes = await scan(tableNames.mailboxes, mailboxRow);
    if (mailboxes.length === 0) return [];
    const grants = await scan(tableNames.grants, grantRow);
    const emails = new Map(grants.map(({ accountId, email }) => [accountId, email]));
    return mailboxes
      .map(({ accountId, ...mailbox }) => ({ ...mailbox, email: emails.get(accountId) ?? accountId }))
      .sort((one, other) => one.email.localeCompare(other.email));
  } finally {
    client.destroy();
  }
}
