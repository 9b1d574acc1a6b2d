import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { onTestFinished, vi } from 'vitest';
import type { AwsCall } from '../../../infra/local/aws/aws-call.ts';
import { startDynamoDb } from '../../../infra/local/aws/dynamodb.ts';
import { createMissingTables, resourceNames } from '../../../infra/local/resources.ts';
import { connectTables } from '../../../lambdas/aws/table.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The project's tables at the embedded DynamoDB, connected as a function connects them. */
export interface TablesInUse {
  readonly tables: DynamoDBDocumentClient;
  readonly names: typeof resourceNames.tables;
  /** Every call so far; a test may empty it. */
  readonly calls: AwsCall[];
}

/** Starts a DynamoDB with empty tables; it goes when the test has ended. */
export async function startTables(): Promise<TablesInUse> {
  const calls: AwsCall[] = [];
  const service = await startDynamoDb(temporaryFolder(), (call) => calls.push(call));
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', service.endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const maker = new DynamoDBClient({});
  await createMissingTables(maker);
  maker.destroy();
  const tables = connectTables();
  onTestFinished(async () => {
    tables.destroy();
    await service.close();
    vi.unstubAllEnvs();
  });
  calls.length = 0;
  return { tables, names: resourceNames.tables, calls };
}

/**
 * Lets DynamoDB leave the last part of the next batches undone, as it does when a partition is busy. (dynalite never
 * does, so it is not shown the last part.)
 */
export function leaveUndone(tables: DynamoDBDocumentClient, most: number): { times: number } {
  const left = { times: 0 };
  tables.middlewareStack.add(
    (next) => async (args) => {
      const { input } = args;
      if (left.times >= most || !('RequestItems' in input)) return next(args);
      left.times += 1;
      const [[table = '', whole] = []] = Object.entries(input.RequestItems ?? {});
      if (Array.isArray(whole)) {
        const answer = await next({
          ...args,
          input: { ...input, RequestItems: { [table]: allButLast(whole) } },
        });
        Object.assign(answer.output, { UnprocessedItems: { [table]: whole.slice(-1) } });
        return answer;
      }
      const keys = whole?.Keys ?? [];
      const part = { [table]: { ...whole, Keys: allButLast(keys) } };
      const answer = await next({ ...args, input: { ...input, RequestItems: part } });
      Object.assign(answer.output, { UnprocessedKeys: { [table]: { ...whole, Keys: keys.slice(-1) } } });
      return answer;
    },
    { step: 'initialize' },
  );
  return left;
}

/** A batch must not be empty: of one, the one. */
function allButLast<Part>(parts: Part[]): Part[] {
  return parts.length > 1 ? parts.slice(0, -1) : parts;
}
