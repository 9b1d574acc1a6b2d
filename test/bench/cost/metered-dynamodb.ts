import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import dynalite from 'dynalite';
import * as v from 'valibot';
import { type AwsCall, actionOf, functionNameOf } from '../../../infra/local/aws/aws-call.ts';
import { type AwsDouble, startAwsDouble } from '../../../infra/local/aws/aws-double.ts';
import { resourceNames } from '../../../infra/local/resources.ts';
import { type TableName, type TableShape, tables } from '../../../infra/tables.ts';
import { keyOf, readUnits, unitsOfChange, writeUnits } from './capacity.ts';
import { sizeOf, type WireItem, wireItem } from './item-size.ts';

/** Units as DynamoDB bills them, by what they were used for. */
export interface Meter {
  reads: number;
  writes: number;
  /** Of the writes, those that a tick does once, however many are due: to the table of usage. */
  tickWrites: number;
}

const keyed = v.object({ TableName: v.string(), Key: v.optional(wireItem), Item: v.optional(wireItem) });
const read = v.object({ ConsistentRead: v.optional(v.boolean(), false) });
const batchGet = v.object({
  RequestItems: v.record(v.string(), v.object({ Keys: v.array(wireItem), ...read.entries })),
});
const batchWrite = v.object({
  RequestItems: v.record(
    v.string(),
    v.array(
      v.object({
        PutRequest: v.optional(v.object({ Item: wireItem })),
        DeleteRequest: v.optional(v.object({ Key: wireItem })),
      }),
    ),
  ),
});
const found = v.object({ Item: v.optional(wireItem) });
const consumed = v.object({ ConsumedCapacity: v.optional(v.object({ CapacityUnits: v.number() })) });

/** DynamoDB with its data in the folder, which counts the units that it would be paid for. */
export async function startMeteredDynamoDb(
  folder: string,
  meter: Meter,
  onCall: (call: AwsCall) => void,
): Promise<AwsDouble> {
  const inner = await startAwsDouble(
    dynalite({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }),
    'dynamodb',
    undefined,
  );

  const ask = (action: string, headers: IncomingMessage['headers'], body: unknown) =>
    fetch(inner.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${action}`,
        authorization: headers.authorization ?? '',
        'x-amz-date': String(headers['x-amz-date'] ?? ''),
      },
      body: JSON.stringify(body),
    });

  async function find(TableName: string, Key: WireItem, headers: IncomingMessage['headers']) {
    const answer = await ask('GetItem', headers, { TableName, Key, ConsistentRead: true });
    return v.parse(found, await answer.json()).Item;
  }

  /** Passes a call on, and looks at the items that it changes before and after. */
  async function change(action: string, headers: IncomingMessage['headers'], input: unknown) {
    const touched = touchedBy(action, input);
    const look = () => Promise.all(touched.map(({ table, key }) => find(table, key, headers)));
    const before = await look();
    const answer = await ask(action, headers, input);
    const after = await look();
    for (const [index, { table, shape }] of touched.entries()) {
      const old = before[index];
      // A write whose condition does not hold is paid for as the item is large.
      const units = answer.ok
        ? unitsOfChange(shape, old, after[index])
        : writeUnits(old === undefined ? 0 : sizeOf(old));
      meter.writes += units;
      if (table === resourceNames.tables.usage) meter.tickWrites += units;
    }
    return answer;
  }

  async function look(action: string, headers: IncomingMessage['headers'], input: Record<string, unknown>) {
    const isList = action === 'Query' || action === 'Scan';
    const answer = await ask(action, headers, {
      ...input,
      ...(isList && { ReturnConsumedCapacity: 'TOTAL' }),
    });
    const text = await answer.clone().text();
    const { ConsistentRead: consistent } = v.parse(read, input);
    if (isList) {
      const { ConsumedCapacity: { CapacityUnits: units } = { CapacityUnits: 0 } } = v.parse(
        consumed,
        JSON.parse(text),
      );
      meter.reads += Math.max(units, readUnits(0, consistent));
    } else if (action === 'GetItem') {
      const { Item: item } = v.parse(found, JSON.parse(text));
      const { TableName, Key = {} } = v.parse(keyed, input);
      // What is projected is paid for whole.
      const whole = item === undefined ? undefined : await find(TableName, Key, headers);
      meter.reads += readUnits(whole === undefined ? 0 : sizeOf(whole), consistent);
    } else if (action === 'BatchGetItem') {
      for (const [table, asked] of Object.entries(v.parse(batchGet, input).RequestItems)) {
        for (const key of asked.Keys) {
          const item = await find(table, key, headers);
          meter.reads += readUnits(item === undefined ? 0 : sizeOf(item), asked.ConsistentRead);
        }
      }
    }
    return answer;
  }

  const changes = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];
  const server = createServer(async (request, response) => {
    const input = v.parse(v.record(v.string(), v.unknown()), JSON.parse((await buffer(request)).toString()));
    const action = actionOf(request.headers);
    const serve = changes.includes(action) ? change : look;
    // What a test itself reads and writes costs nobody anything.
    const isFunctions = functionNameOf(request.headers) !== undefined;
    const answer = await (isFunctions ? serve : ask)(action, request.headers, input);
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(await answer.text());
  });
  const outer = await startAwsDouble(server, 'dynamodb', onCall);
  return {
    ...outer,
    close: async () => {
      await outer.close();
      await inner.close();
    },
  };
}

interface Touched {
  readonly table: string;
  readonly shape: TableShape;
  readonly key: WireItem;
}

function touchedBy(action: string, input: unknown): Touched[] {
  if (action !== 'BatchWriteItem') {
    const { TableName, Key, Item = {} } = v.parse(keyed, input);
    return [{ table: TableName, shape: shapeOf(TableName), key: Key ?? keyOf(shapeOf(TableName), Item) }];
  }
  return Object.entries(v.parse(batchWrite, input).RequestItems).flatMap(([table, requests]) =>
    requests.map(({ PutRequest, DeleteRequest }) => {
      const shape = shapeOf(table);
      return { table, shape, key: keyOf(shape, PutRequest?.Item ?? DeleteRequest?.Key ?? {}) };
    }),
  );
}

const shapes = new Map<string, TableShape>(
  Object.entries(resourceNames.tables).map(([name, table]) => [table, tables[name as TableName]]),
);

function shapeOf(table: string): TableShape {
  const shape = shapes.get(table);
  if (shape === undefined) throw new Error(`There is no table ${table}.`);
  return shape;
}
