import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { createTokenCipher } from '../../lambdas/aws/token-key.ts';
import { tokenContext } from '../../lambdas/grants/vault.ts';
import { openSite, type Site } from '../support/open-site.ts';
import { handlersFolder } from './handlers.ts';
import { sumOfWrites, type Written } from './written.ts';

/** What copying it asked of Google and of DynamoDB. */
export interface Asked {
  /** Requests that Google got: a batch is one. */
  readonly requests: number;
  /** Calls of its methods, those in batches too. */
  readonly calls: number;
  readonly units: number;
  readonly refusals: number;
  readonly written: Written;
}

/** A site with one mailbox, which is copied again and again. */
export interface CopiedMailbox {
  readonly site: Site;
  /** How many messages it has. */
  readonly size: number;
  /**
   * Has the mailbox stand as after a consent, with no copy.
   *
   * @returns with what a program other than ours copies it
   */
  startAnew(): Promise<Copying>;
  /** Does the work, and says what it asked for. */
  watch<Result>(work: () => Promise<Result>): Promise<{ readonly result: Result; readonly asked: Asked }>;
  /** How many messages the copy has. */
  count(copying: Copying): Promise<number>;
}

/** What a program needs to copy the mailbox. */
export interface Copying {
  readonly accessToken: string;
  /** Where the copy is to stand. */
  readonly partition: string;
}

const grantSchema = v.looseObject({
  accountId: v.string(),
  clientId: v.string(),
  accessToken: v.instance(Uint8Array),
});

const usageSchema = v.object({
  units: v.number(),
  calls: v.record(v.string(), v.number()),
  refusals: v.record(v.string(), v.number()),
});

const requestSchema = v.object({ request: v.object({ headers: v.object({ host: v.string() }) }) });

/** Opens the site; the handlers must be made. */
export async function openCopiedMailbox(size: number, minuteSeconds: number): Promise<CopiedMailbox> {
  const site = await openSite({
    bundles: handlersFolder,
    demoMessages: size,
    syncIntervalSeconds: minuteSeconds,
  });
  await site.connected();
  const [row = {}] = await site.items('mailboxes');
  const grant = v.parse(grantSchema, (await site.items('grants'))[0]);
  const { region, credentials, kmsEndpoint, dynamodbEndpoint, tableNames } = site.aws;
  const keys = new KMSClient({ endpoint: kmsEndpoint, region, credentials });
  const cipher = createTokenCipher(site.aws.tokenKey, keys);
  const accessToken = await cipher.decrypt(grant.accessToken, tokenContext(grant, 'access'));
  const { host } = new URL(site.google.origin);
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ endpoint: dynamodbEndpoint, region, credentials }),
  );

  return {
    site,
    size,
    startAnew: async () => {
      // Another generation has another copy.
      const generation = randomUUID();
      await site.put('grants', { ...grant, generation });
      await site.put('mailboxes', { ...row, generation });
      return { accessToken, partition: `${grant.accountId}#${generation}` };
    },
    watch: async (work) => {
      let requests = 0;
      const count = (message: unknown) => {
        if (v.parse(requestSchema, message).request.headers.host === host) requests += 1;
      };
      const before = site.calls.length;
      await site.admin('DELETE', '/usage');
      subscribe('http.server.request.start', count);
      const result = await work().finally(() => unsubscribe('http.server.request.start', count));
      const { units, calls, refusals } = v.parse(usageSchema, await site.admin('GET', '/usage'));
      const written = sumOfWrites(site.calls.slice(before), tableNames);
      return { result, asked: { requests, calls: sum(calls), units, refusals: sum(refusals), written } };
    },
    count: async ({ partition }) => {
      const query = {
        TableName: tableNames.messages,
        Select: 'COUNT',
        KeyConditionExpression: 'mailbox = :mailbox',
        ExpressionAttributeValues: { ':mailbox': partition },
      } as const;
      const pages = await Array.fromAsync(paginateQuery({ client }, query));
      return pages.reduce((sum, { Count: rows = 0 }) => sum + rows, 0);
    },
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
