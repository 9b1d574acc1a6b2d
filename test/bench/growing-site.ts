import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AwsCall } from '../../infra/local/environment.ts';
import { openSite, type Site } from '../support/open-site.ts';
import { handlersFolder } from './handlers.ts';
import { startLoneProcess } from './lone-process.ts';
import type { Cost } from './process-cost.ts';

/** What a run took, and how many requests it made to DynamoDB. */
export interface Run extends Cost {
  readonly reads: number;
  readonly writes: number;
}

/** A site whose tables the benchmark fills by itself, past the functions. */
export interface GrowingSite {
  readonly site: Site;
  readonly documents: DynamoDBDocumentClient;
  /** Does the work, and counts what the process of this name asks of DynamoDB meanwhile. */
  counted(name: string, work: () => Promise<Cost>): Promise<Run>;
  close(): Promise<void>;
}

const readActions = ['GetItem', 'BatchGetItem', 'Query', 'Scan'];

/**
 * Variables of a process that tells the local AWS its name, and lets no more than a few MB of garbage lie, so that what
 * it holds can be told from what it has not cleared away yet.
 */
export const named = (name: string) => ({
  AWS_SDK_UA_APP_ID: appOf(name),
  NODE_OPTIONS: '--max-semi-space-size=2',
});

/** Opens a site on which nothing runs by itself; the handlers must be made. */
export async function openGrowingSite(): Promise<GrowingSite> {
  const requests = new Map<string, { reads: number; writes: number }>();
  // Counted and not kept: those that fill the tables are many, and large.
  const onAwsCall = ({ service, action, functionName = '' }: AwsCall) => {
    const count = requests.get(functionName);
    if (service === 'dynamodb' && count !== undefined)
      count[readActions.includes(action) ? 'reads' : 'writes'] += 1;
  };
  const site = await openSite({ bundles: handlersFolder, onAwsCall });
  const { dynamodbEndpoint: endpoint, region, credentials } = site.aws;
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return {
    site,
    documents,
    counted: async (name, work) => {
      const count = { reads: 0, writes: 0 };
      requests.set(appOf(name), count);
      const cost = await work();
      requests.delete(appOf(name));
      return { ...cost, ...count };
    },
    close: async () => {
      documents.destroy();
      await site.close();
    },
  };
}

/** A name as the SDK takes it. */
const appOf = (name: string) => name.replaceAll(/\W+/g, '-');

/** How long a function may take for an event, in seconds: machines may be busy. */
const seconds = 120;

/** Starts a module of the site, alone in a process of this name. */
export function startNamed({ site }: GrowingSite, name: string, entry: string) {
  return startLoneProcess(entry, { seconds, variables: { ...site.variables, ...named(name) } });
}
