import * as v from 'valibot';
import type { AwsCall } from '../../infra/local/aws/aws-call.ts';
import { resourceNames } from '../../infra/local/resources.ts';
import { type TableName, tables } from '../../infra/tables.ts';
import type { Right } from './rights.ts';

const tableCall = v.object({ TableName: v.string() });

const read = v.object({
  ProjectionExpression: v.optional(v.string()),
  ExpressionAttributeNames: v.optional(v.record(v.string(), v.string()), {}),
});

const text = v.object({ S: v.string() });
const item = v.record(v.string(), v.unknown());

const keyedCall = v.union([
  v.pipe(
    v.object({ Key: item }),
    v.transform(({ Key }) => Key),
  ),
  v.pipe(
    v.object({ Item: item }),
    v.transform(({ Item }) => Item),
  ),
]);

const queryCall = v.object({
  KeyConditionExpression: v.string(),
  ExpressionAttributeValues: v.record(v.string(), v.unknown()),
});

const batchCall = v.object({ RequestItems: v.record(v.string(), v.unknown()) });

const writes = v.array(
  v.union([
    v.pipe(
      v.object({ PutRequest: v.object({ Item: item }) }),
      v.transform(({ PutRequest }) => PutRequest.Item),
    ),
    v.pipe(
      v.object({ DeleteRequest: v.object({ Key: item }) }),
      v.transform(({ DeleteRequest }) => DeleteRequest.Key),
    ),
  ]),
);

const keyCall = v.object({ EncryptionContext: v.object({ tokenKind: v.string() }) });

/** The calls whose rights can be narrowed to attributes; of batches, those of the tables whose rights are. */
const narrowable = ['GetItem', 'Scan'];
const narrowableBatches: readonly TableName[] = ['grants', 'mailboxes'];

/** The tables of which each right is for items of one kind, which their keys begin with. */
const withKinds: readonly TableName[] = ['logins', 'changes', 'usage'];

/** How the keys end of failed messages and of the names of labels, which some functions may read without the copy. */
const suffixes = ['#failed', '#labels'];

/**
 * The rights that a call needs: several where it writes items of several kinds. Attributes only of a read that names
 * them all.
 */
export function rightsOfCall({ service, action, input }: AwsCall): Right[] {
  if (service === 'kms') {
    const { tokenKind } = v.parse(keyCall, input).EncryptionContext;
    return [{ service, action, kind: 'key', tokenKind }];
  }
  if (service === 'secretsmanager') {
    const isLoginKey = v.is(v.object({ SecretId: v.literal(resourceNames.settings.loginKey) }), input);
    return [{ service, action, kind: isLoginKey ? 'login key' : 'secret' }];
  }
  if (service === 'eventbridge') return [{ service, action, kind: 'bus' }];
  // SQS asks for the right to send one message, however many a call sends.
  if (service === 'sqs') return [{ service, action: action.replace(/Batch$/, ''), kind: 'queue' }];
  const names = v.is(batchCall, input)
    ? Object.keys(input.RequestItems)
    : [v.parse(tableCall, input).TableName];
  return names.flatMap((name) => rightsOnTable(tableOf(name), { service, action, input }));
}

function rightsOnTable(table: TableName, { service, action, input }: Omit<AwsCall, 'functionName'>): Right[] {
  const whole: Right = { service, action, kind: 'table', table };
  const index = v.is(v.object({ IndexName: v.string() }), input) ? input.IndexName : undefined;
  if (index !== undefined) return [{ ...whole, kind: 'index', index }];
  const keys = table === 'messages' ? keysOfQuery(input) : [];
  const suffix = suffixes.find((end) => keys.some((key) => key.endsWith(end)));
  if (suffix !== undefined) return [{ ...whole, keys: `*${suffix}` }];
  if (withKinds.includes(table)) return kindsOf(table, input).map((kind) => ({ ...whole, keys: kind }));
  const isBatch = action === 'BatchGetItem' && narrowableBatches.includes(table);
  if (!narrowable.includes(action) && !isBatch) return [whole];
  const [reading] = v.is(batchCall, input) ? Object.values(input.RequestItems) : [input];
  const projection = v.parse(read, reading);
  const attributes = projection.ProjectionExpression?.split(', ').map(
    (part) => projection.ExpressionAttributeNames[part] ?? part,
  );
  return [{ ...whole, ...(attributes && { attributes }) }];
}

/** The partition key that a query names. */
function keysOfQuery(input: AwsCall['input']): string[] {
  return v.is(queryCall, input) ? keysOf('messages', input).map((key) => v.parse(text, key).S) : [];
}

/** How the partition keys begin that a call names: each once. */
function kindsOf(table: TableName, input: AwsCall['input']): string[] {
  const keys = keysOf(table, input).map((key) => v.parse(text, key).S.replace(/#.*/, '#'));
  return [...new Set(keys)];
}

function keysOf(table: TableName, input: AwsCall['input']): unknown[] {
  const { partitionKey } = tables[table];
  if (v.is(batchCall, input)) {
    const requests = Object.values(input.RequestItems).flatMap((each) => v.parse(writes, each));
    return requests.map((each) => each[partitionKey]);
  }
  if (v.is(queryCall, input)) {
    const [, value = ''] = /^#?\w+ = (:\w+)/.exec(input.KeyConditionExpression) ?? [];
    return [input.ExpressionAttributeValues[value]];
  }
  return [v.parse(keyedCall, input)[partitionKey]];
}

function tableOf(name: string): TableName {
  const table = (Object.keys(tables) as TableName[]).find((candidate) => name.endsWith(`-${candidate}`));
  if (table === undefined) throw new Error(`No table of ours is named ${name}.`);
  return table;
}
