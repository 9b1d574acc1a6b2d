import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { Problem, RefusedByTable } from '../errors.ts';
import { clientOptions, isConfigurationError } from './client-options.ts';

/** One connection to DynamoDB for each process. */
export function connectTables(): DynamoDBDocumentClient {
  const client = new DynamoDBClient(clientOptions);
  // It would take each request and answer apart for a log that nobody writes.
  client.middlewareStack.remove('loggerMiddleware');
  return DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** Errors that blame what a request holds: an item above 400 KB, a collection of items above 10 GB. */
const refusals = ['ValidationException', 'ItemCollectionSizeLimitExceededException'];

/**
 * @throws Problem `storage_unavailable`, `misconfigured` when a table or a right is missing, and of this
 * RefusedByTable when the table refuses the request for its content.
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
 * A write with a condition.
 *
 * @returns undefined when the condition did not hold.
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

/** An item is not of the form that it was written in. The message names the attribute, never what it holds. */
export class UnreadableRow extends Error {
  override readonly name = 'UnreadableRow';
}

/**
 * Reads an item, or several, by the schema of its table.
 *
 * @throws UnreadableRow
 */
export function readRow<Schema extends v.GenericSchema>(
  schema: Schema,
  item: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, item);
  if (result.success) return result.output;
  // The library's own error holds the values, and what a function throws, Lambda logs with all that it holds.
  throw new UnreadableRow(`Not of the form of this table: ${v.getDotPath(result.issues[0]) ?? 'the item'}.`);
}
