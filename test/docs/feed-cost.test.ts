import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { createChangesTable } from '../../lambdas/aws/changes-table.ts';
import type { ChangedMessage } from '../../lambdas/changes/change.ts';
import { sequenceAfter } from '../../lambdas/changes/position.ts';
import { dynamoDb } from '../support/aws-doubles.ts';

const readme = readFileSync(new URL('../../infra/README.md', import.meta.url), 'utf8');
const start = readme.indexOf('**The change feed.** A change is');
const told = readme.slice(start, readme.indexOf('\n\n', start)).replaceAll(/\s+/g, ' ');

const price = { write: 0.625e-6, event: 1e-6 };

/** Messages with IDs as Gmail makes them: sixteen digits that nobody can guess. */
function mail(count: number): ChangedMessage[] {
  const idOf = (name: string) => createHash('sha256').update(name).digest('hex').slice(0, 16);
  const labels = [
    ['INBOX', 'UNREAD', 'CATEGORY_PERSONAL'],
    ['INBOX', 'CATEGORY_PROMOTIONS'],
    ['SENT'],
    ['INBOX', 'IMPORTANT', 'CATEGORY_UPDATES', 'Label_12'],
  ];
  return Array.from({ length: count }, (_, index) => ({
    id: idOf(`message ${index}`),
    threadId: idOf(index % 2 === 0 ? `message ${index}` : `thread ${index}`),
    labelIds: labels[index % labels.length] ?? [],
    historyId: String(9_000_000 + 7 * index).padStart(20, '0'),
  }));
}

/** What the rows of a change about so many messages cost: DynamoDB counts each beginning kilobyte as a write. */
async function writesFor(count: number): Promise<number[]> {
  const { tables, names } = await dynamoDb();
  const at = Date.UTC(2026, 10, 22);
  await createChangesTable(tables, names.changes).append(
    {
      accountId: '150213319623975729730',
      generation: createHash('sha256').update('generation').digest('base64url'),
      sequence: sequenceAfter(undefined, at),
      at,
      owner: 'tenant-7/user-42',
      type: 'added',
      messages: mail(count),
    },
    10_000,
  );
  const { Items: rows = [] } = await tables.send(new ScanCommand({ TableName: names.changes }));
  return rows.map((row) => Math.ceil(sizeOf(row) / 1024));
}

/** Bytes of an item: its names and its values; a number has up to 21 (DynamoDB, “Item sizes and formats”). */
function sizeOf(item: Record<string, unknown>): number {
  return Object.entries(item).reduce((sum, [name, value]) => {
    const bytes =
      value instanceof Uint8Array ? value.length : typeof value === 'string' ? Buffer.byteLength(value) : 21;
    return sum + name.length + bytes;
  }, 0);
}

describe('what the README says of the change feed’s cost', () => {
  it('is right about the rows of a change', async () => {
    expect(await writesFor(1)).toEqual([1, 1, 1]);
    expect(await writesFor(25)).toEqual([1, 1, 1]);
    expect(await writesFor(50)).toEqual([2, 2, 2]);
    expect(told).toContain('A row about 25 messages takes one write, one about 50 takes two.');
  });

  it('is right about its sums', () => {
    const alone = 1e6 * 3 * price.write;
    expect(told).toContain(`a million of them, $${(Math.round(alone * 100) / 100).toFixed(2)} and $1.00`);
    const [small, large] = [1_000 / 25, 1_000 / 50];
    expect(small * 3).toBe(120);
    expect(large * 3 * 2).toBe(120);
    expect(told).toContain(`some 120 writes and ${large} to ${small} events: $0.0001`);
    for (const events of [small, large]) {
      expect((120 * price.write + events * price.event).toFixed(4)).toBe('0.0001');
    }
  });
});
