import * as v from 'valibot';
import type { AwsCall } from '../../infra/local/aws/aws-call.ts';
import { type TableName, tables } from '../../infra/tables.ts';
import type { Right } from './rights.ts';

const tableCall = v.object({
  TableName: v.string(),
  IndexName: v.optional(v.string()),
  ProjectionExpression: v.optional(v.string()),
  ExpressionAttributeNames: v.optional(v.record(v.string(), v.string()), {}),
});

const keyedCall = v.union([
  v.pipe(
    v.object({ Key: v.object({ id: v.object({ S: v.string() }) }) }),
    v.transform(({ Key }) => Key.id.S),
  ),
  v.pipe(
    v.object({ Item: v.object({ id: v.object({ S: v.string() }) }) }),
    v.transform(({ Item }) => Item.id.S),
  ),
]);

const batchCall = v.object({ RequestItems: v.record(v.string(), v.unknown()) });

const keyCall = v.object({ EncryptionContext: v.object({ tokenKind: v.string() }) });

/** The calls whose rights can be narrowed to attributes. */
const narrowable = ['GetItem', 'Scan'];

/** The tables of which each right is for items of one kind, which their keys begin with. */
const withKinds: readonly TableName[] = ['logins'];

/** The right that a call needs; attributes only of a read that names them all. */
export function rightOfCall({ service, action, input }: AwsCall): Right {
  if (service === 'kms') {
    return { service, action, kind: 'key', tokenKind: v.parse(keyCall, input).EncryptionContext.tokenKind };
  }
  if (service === 'secretsmanager') return { service, action, kind: 'secret' };
  // SQS asks for the right to send one message, however many a call sends.
  if (service === 'sqs') return { service, action: action.replace(/Batch$/, ''), kind: 'queue' };
  if (v.is(batchCall, input)) {
    const [name = ''] = Object.keys(input.RequestItems);
    return { service, action, kind: 'table', table: tableOf(name) };
  }
  const { TableName: name, IndexName: index, ...projection } = v.parse(tableCall, input);
  const table = tableOf(name);
  if (index !== undefined) return { service, action, kind: 'index', table, index };
  if (withKinds.includes(table)) {
    const keys = v.parse(keyedCall, input).replace(/#.*/, '#');
    return { service, action, kind: 'table', table, keys };
  }
  if (!narrowable.includes(action)) return { service, action, kind: 'table', table };
  const attributes = projection.ProjectionExpression?.split(', ').map(
    (part) => projection.ExpressionAttributeNames[part] ?? part,
  );
  return { service, action, kind: 'table', table, ...(attributes && { attributes }) };
}

function tableOf(name: string): TableName {
  const table = (Object.keys(tables) as TableName[]).find((candidate) => name.endsWith(`-${candidate}`));
  if (table === undefined) throw new Error(`No table of ours is named ${name}.`);
  return table;
}
