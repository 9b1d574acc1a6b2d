import * as v from 'valibot';
import type { AwsCall } from '../../infra/local/environment.ts';
import { type TableName, type TableShape, tables } from '../../infra/tables.ts';

/** What was written to DynamoDB. */
export interface Written {
  /** Calls over the network. */
  readonly calls: number;
  /** Items put, updated and deleted: each of a batch counts. */
  readonly items: number;
  /** Write units, as AWS bills them: reckoned, see `unitsOf`. */
  readonly billed: number;
}

/** An item as it goes over the wire. */
const wireItem = v.record(v.string(), v.unknown());

const single = v.object({ TableName: v.string(), Item: v.optional(wireItem) });

const batch = v.object({
  RequestItems: v.record(
    v.string(),
    v.array(v.object({ PutRequest: v.optional(v.object({ Item: wireItem })) })),
  ),
});

const singleWrites = ['PutItem', 'UpdateItem', 'DeleteItem'];

/** Sums up the calls that wrote to DynamoDB. */
export function sumOfWrites(
  calls: readonly AwsCall[],
  tableNames: Readonly<Record<TableName, string>>,
): Written {
  const ofTable = new Map(Object.entries(tableNames).map(([name, table]) => [table, name as TableName]));
  const writes = calls.filter(({ service }) => service === 'dynamodb').map(writesOf);
  const items = writes.flat();
  return {
    calls: writes.filter(({ length }) => length > 0).length,
    items: items.length,
    billed: items.reduce((sum, { table, item }) => sum + unitsOf(ofTable.get(table), item), 0),
  };
}

interface Write {
  readonly table: string;
  /** undefined: an update or a deletion, which does not say what stands there. */
  readonly item: Record<string, unknown> | undefined;
}

function writesOf({ action, input }: AwsCall): Write[] {
  if (action === 'BatchWriteItem') {
    return Object.entries(v.parse(batch, input).RequestItems).flatMap(([table, requests]) =>
      requests.map(({ PutRequest: put }) => ({ table, item: put?.Item })),
    );
  }
  if (!singleWrites.includes(action)) return [];
  const { TableName: table, Item: item } = v.parse(single, input);
  return [{ table, item }];
}

/**
 * A unit for each kilobyte begun, and as many again for each index in which the item stands (DynamoDB, “Capacity unit
 * consumption for write operations”). Of an update the item is not known: it is taken for one of a kilobyte that stands
 * in every index of its table, and moves there, which costs two.
 */
function unitsOf(table: TableName | undefined, item: Write['item']): number {
  const { indexes }: Pick<TableShape, 'indexes'> = table === undefined ? { indexes: {} } : tables[table];
  const all = Object.values(indexes);
  if (item === undefined) return 1 + 2 * all.length;
  const size = Object.entries(item).reduce((sum, [name, value]) => sum + name.length + sizeOf(value), 0);
  const standsIn = all.filter(({ partitionKey, sortKey }) =>
    [partitionKey, ...(sortKey === undefined ? [] : [sortKey.name])].every((name) => name in item),
  );
  return Math.ceil(size / 1024) * (1 + standsIn.length);
}

const attribute = v.union([
  v.pipe(
    v.object({ S: v.string() }),
    v.transform(({ S }) => Buffer.byteLength(S)),
  ),
  v.pipe(
    v.object({ B: v.string() }),
    v.transform(({ B }) => Buffer.byteLength(B, 'base64')),
  ),
  v.pipe(
    v.object({ N: v.string() }),
    v.transform(({ N }) => Math.ceil(N.length / 2) + 1),
  ),
  v.pipe(
    v.object({ L: v.array(v.unknown()) }),
    v.transform(({ L }): number => 3 + L.reduce<number>((sum, value) => sum + 1 + sizeOf(value), 0)),
  ),
  v.pipe(
    v.unknown(),
    v.transform((other) => JSON.stringify(other).length),
  ),
]);

/** Bytes of a value, as DynamoDB counts them (“DynamoDB item sizes and formats”). */
function sizeOf(value: unknown): number {
  return v.parse(attribute, value);
}
