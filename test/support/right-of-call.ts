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

const keyCall = v.object({ EncryptionContext: v.object({ tokenKind: v.string() }) });

/** The right that a call needs; attributes only of a call that names them all. */
export function rightOfCall({ service, action, input }: AwsCall): Right {
  if (service === 'kms') {
    return { service, action, kind: 'key', tokenKind: v.parse(keyCall, input).EncryptionContext.tokenKind };
  }
  if (service === 'secretsmanager') return { service, action, kind: 'secret' };
  const { TableName: name, IndexName: index, ...projection } = v.parse(tableCall, input);
  const table = (Object.keys(tables) as TableName[]).find((candidate) => name.endsWith(`-${candidate}`));
  if (table === undefined) throw new Error(`No table of ours is named ${name}.`);
  if (index !== undefined) return { service, action, kind: 'index', table, index };
  const attributes = projection.ProjectionExpression?.split(', ').map(
    (part) => projection.ExpressionAttributeNames[part] ?? part,
  );
  return { service, action, kind: 'table', table, ...(attributes && { attributes }) };
}
