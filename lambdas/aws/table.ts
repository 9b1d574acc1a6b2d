import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DeleteCommandInput,
  DynamoDBDocumentClient,
  GetCommand,
  type GetCommandInput,
  PutCommand,
  type PutCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { Problem, RefusedByTable } from '../errors.ts';
import { clientOptions, isConfigurationError } from './client-options.ts';

/** One DynamoDB connection per process. */
export function connectTables(): DynamoDBDocumentClient {
  const client = new DynamoDBClient(clientOptions);
  // It would dissect each request and response for a log that is not written.
  client.middlewareStack.remove('loggerMiddleware');
  return DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** Errors that blame the content of a request: an item above 400 KB, a collection of items above 10 GB. */
const refusals = ['ValidationException', 'ItemCollectionSizeLimitExceededException'];

/**
 * @throws Problem `storage_unavailable`, `misconfigured` if a table or a right is missing, and RefusedByTable, a kind
 *   of the latter, if the table refuses the request for its content.
 */
export async function callTable<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Error && refusals.includes(error.name)) throw new RefusedByTable(error);
    throw new Problem(isConfigurationError(error) ? 'misconfigured' : 'storage_unavailable', {
      cause: error,
    });
  }
}

/**
 * Makes a conditional write.
 *
 * @returns undefined if the condition did not hold.
 * @throws Problem as callTable.
 */
export async function callConditionally<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  return callTable(
    call.catch((error: unknown) => {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }),
  );
}

/**
 * Reads one item, strongly consistently by default.
 *
 * @returns undefined if it does not exist.
 * @throws Problem as callTable, and UnreadableRow.
 */
export async function getRow<Schema extends v.GenericSchema>(
  tables: DynamoDBDocumentClient,
  input: GetCommandInput,
  schema: Schema,
  options?: { readonly abortSignal: AbortSignal },
): Promise<v.InferOutput<Schema> | undefined> {
  const command = new GetCommand({ ConsistentRead: true, ...input });
  const { Item: item } = await callTable(tables.send(command, options));
  return item === undefined ? undefined : readRow(schema, item);
}

/** Whether the item was written, which means that the condition held. */
export async function putRow(tables: DynamoDBDocumentClient, input: PutCommandInput): Promise<boolean> {
  return (await callConditionally(tables.send(new PutCommand(input)))) !== undefined;
}

/** Whether the item was updated, which means that the condition held. */
export async function updateRow(tables: DynamoDBDocumentClient, input: UpdateCommandInput): Promise<boolean> {
  return (await callConditionally(tables.send(new UpdateCommand(input)))) !== undefined;
}

/** Whether the item was deleted, which means that the condition held. */
export async function deleteRow(tables: DynamoDBDocumentClient, input: DeleteCommandInput): Promise<boolean> {
  return (await callConditionally(tables.send(new DeleteCommand(input)))) !== undefined;
}

/** Reads only these attributes. Aliases are needed for words such as `from` (DynamoDB, “Reserved words”). */
export function projectionOf(attributes: readonly string[]) {
  return {
    ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
  };
}

/** Milliseconds since 1970 in seconds, as `expiresAt` is stored (DynamoDB, “Time to Live”). */
export function inSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

/** An item does not match its schema. The message names the attribute, never its content. */
export class UnreadableRow extends Error {
  override readonly name = 'UnreadableRow';
}

/** A schema for each part of a type, so that none is lost when a row is read. */
export type SchemasOf<Item> = { readonly [Part in keyof Item]-?: v.GenericSchema<unknown, Item[Part]> };

/**
 * Parses one or several items by the schema of their table.
 *
 * @throws UnreadableRow
 */
export function readRow<Schema extends v.GenericSchema>(
  schema: Schema,
  item: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, item);
  if (result.success) return result.output;
  // The library's own error contains the values, and Lambda logs a thrown error with all its properties.
  throw new UnreadableRow(`Not of the form of this table: ${v.getDotPath(result.issues[0]) ?? 'the item'}.`);
}
