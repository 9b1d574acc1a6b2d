import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Problem } from '../errors.ts';
import { clientOptions, isOperatorsFault } from './client-options.ts';

/** One connection to DynamoDB for each process. */
export function connectTables(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(clientOptions), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** @throws Problem `storage_unavailable`, or `misconfigured` when a table or a right is missing. */
export async function callTable<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    throw new Problem(isOperatorsFault(error) ? 'misconfigured' : 'storage_unavailable', { cause: error });
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
