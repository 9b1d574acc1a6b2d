import { createHash } from 'node:crypto';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  paginateScan,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { MailboxKey } from '../copied-message.ts';
import type { DueClass, dueShards, MailboxState, MailboxStore } from '../sync/mailbox/mailbox-state.ts';
import { readBatches } from './batches.ts';
import { readPages } from './pages.ts';
import { mailboxGeneration, sweptMailbox } from './row-parts.ts';
import { callConditionally, callTable, readRow, type SchemasOf } from './table.ts';
import { updateExpressionOf } from './update-expression.ts';

const schemaVersion = 1;

const shards: typeof dueShards = 16;

/** Rows of a page of due mailboxes: about as many as a tick admits, so that few are read in vain. */
const duePageSize = 500;

/** Rows of a page of the daily sweep: a run that is interrupted repeats them. */
const sweptPageSize = 500;

const dueClass = v.picklist(['changes', 'verify', 'first', 'more']);
const marks = ['counted', 'reserved', 'granted', 'grantedToBackfill'] as const;
const spends = v.array(v.object({ at: v.number(), units: v.number(), mark: v.optional(v.picklist(marks)) }));
const quietPoll = v.object({ claimedAt: v.number(), at: v.number(), units: v.number() });
const reasons = v.picklist(['requested', 'schedule', 'history_expired', 'first_copy']);
const findings = {
  missing: v.array(v.string()),
  extra: v.array(v.string()),
  mislabelled: v.array(v.string()),
};

const row = v.object({
  accountId: v.string(),
  generation: v.string(),
  phase: v.picklist(['backfill', 'live', 'paused']),
  pausedBecause: v.optional(v.string()),
  historyId: v.optional(v.string()),
  pageToken: v.optional(v.string()),
  about: v.optional(v.number()),
  copied: v.number(),
  recountAt: v.optional(v.number()),
  toldSince: v.optional(v.number()),
  labelsAt: v.optional(v.number()),
  failed: v.number(),
  backfillPace: v.optional(v.object({ at: v.number(), copied: v.number(), rate: v.number() })),
  connectedAt: v.number(),
  nextDueAt: v.number(),
  dueClass,
  wants: v.number(),
  quietPolls: v.number(),
  batchSize: v.optional(v.number()),
  requestedAt: v.optional(v.number()),
  notBefore: v.optional(v.number()),
  claim: v.optional(v.object({ jobId: v.string(), units: v.number(), claimedAt: v.number() })),
  spends,
  quietPoll: v.optional(quietPoll),
  lastSyncAt: v.optional(v.number()),
  historyFailures: v.optional(v.number()),
  refusals: v.optional(v.number()),
  messagesRefused: v.optional(v.string()),
  catchingUp: v.optional(v.boolean()),
  lastError: v.optional(v.object({ code: v.string(), at: v.number() })),
  waitsFor: v.optional(v.string()),
  verify: v.optional(
    v.object({
      startedAt: v.number(),
      because: reasons,
      by: v.optional(v.literal('ids')),
      walk: v.optional(
        v.object({
          pageToken: v.optional(v.string()),
          isListed: v.boolean(),
          from: v.optional(v.string()),
          isRead: v.boolean(),
          unread: v.string(),
          unlisted: v.string(),
        }),
      ),
      strangeLabels: v.optional(v.array(v.string())),
      doubted: v.optional(v.object({ since: v.number(), ids: v.string() })),
      isCompared: v.optional(v.boolean()),
      after: v.optional(v.string()),
      group: v.optional(v.object({ upTo: v.optional(v.string()) })),
      labelId: v.optional(v.string()),
      listing: v.optional(v.object({ pageToken: v.optional(v.string()), ids: v.string() })),
      found: v.object(findings),
    }),
  ),
  verifiedAt: v.optional(v.number()),
  lastVerify: v.optional(v.object({ ...findings, at: v.number(), because: v.optional(reasons) })),
  verifyRequestedAt: v.optional(v.number()),
} satisfies SchemasOf<MailboxState>);

const dueRow = v.pick(row, ['accountId', 'generation', 'nextDueAt', 'wants', 'spends']);

const claimedRow = v.pick(row, ['quietPoll']);

const sweptRow = v.pick(row, sweptMailbox);

const generationRows = v.array(v.pick(row, mailboxGeneration));

/**
 * Sync states, one item for each mailbox. `dueKey` puts a mailbox into the index of due ones, under its class and
 * shard; a paused one has none. A claimed mailbox is indexed with the end of its lease, so an abandoned claim becomes
 * due by itself.
 *
 * The index may lag behind. That is harmless: every write based on it is conditional on the due time that was read, and
 * every claim, request, redelivery and end of a job changes the due time. The only exception is the end of a poll that
 * changes nothing in the index.
 */
export function createMailboxesTable(tables: DynamoDBDocumentClient, tableName: string): MailboxStore {
  const keyOf = (accountId: string) => ({ TableName: tableName, Key: { accountId } });

  async function find(accountId: string): Promise<MailboxState | undefined> {
    const command = new GetCommand({ ...keyOf(accountId), ConsistentRead: true });
    const { Item: item } = await callTable(tables.send(command));
    return item === undefined ? undefined : readRow(row, item);
  }

  /** Changes the mailbox if its generation matches and the condition holds; undefined values are removed. */
  function write(
    { accountId, generation }: MailboxKey,
    changes: Readonly<Record<string, unknown>>,
    condition: string,
    values: Readonly<Record<string, unknown>> = {},
    returned: 'NONE' | 'ALL_OLD' = 'NONE',
  ) {
    const expression = updateExpressionOf({ ...changes, schemaVersion });
    const command = new UpdateCommand({
      ...keyOf(accountId),
      ...expression,
      ConditionExpression: `generation = :generation AND (${condition})`,
      ExpressionAttributeValues: {
        ...expression.ExpressionAttributeValues,
        ...values,
        ':generation': generation,
      },
      ReturnValues: returned,
    });
    return callConditionally(tables.send(command));
  }

  const update = async (...asked: Parameters<typeof write>): Promise<boolean> =>
    (await write(...asked)) !== undefined;

  const asSeen = 'nextDueAt = :seen AND phase <> :paused';
  const holdsClaim = 'claim.jobId = :jobId';

  return {
    find,
    create: async (state, replaced) => {
      const due = state.phase === 'paused' ? undefined : dueKeyOf(state.dueClass, state.accountId);
      const command = new PutCommand({
        TableName: tableName,
        Item: { ...state, dueKey: due, schemaVersion },
        ...(replaced === undefined
          ? { ConditionExpression: 'attribute_not_exists(accountId)' }
          : {
              ConditionExpression: 'generation = :replaced',
              ExpressionAttributeValues: { ':replaced': replaced },
            }),
      });
      return (await callConditionally(tables.send(command))) !== undefined;
    },
    change: (seen, changes) => {
      const { accountId, phase, dueClass: ofClass } = { ...seen, ...changes };
      const dueKey = phase === 'paused' ? undefined : dueKeyOf(ofClass, accountId);
      const { pausedBecause, nextDueAt, claim } = seen;
      const parts = { phase: seen.phase, pausedBecause, dueClass: seen.dueClass, nextDueAt };
      const conditions = Object.entries({ ...parts, 'claim.jobId': claim?.jobId }).map(
        ([name, value], index) =>
          value === undefined
            ? ([`attribute_not_exists(${name})`, {}] as const)
            : ([`${name} = :seen${index}`, { [`:seen${index}`]: value }] as const),
      );
      const condition = conditions.map(([text]) => text).join(' AND ');
      const values = Object.assign({}, ...conditions.map(([, value]) => value));
      return update(seen, { ...changes, dueKey }, condition, values);
    },
    listDue: async function* (ofClass, shard, now) {
      const answers = paginateQuery(
        { client: tables, pageSize: duePageSize },
        {
          TableName: tableName,
          IndexName: 'due',
          KeyConditionExpression: 'dueKey = :due AND nextDueAt <= :now',
          ExpressionAttributeValues: { ':due': `${ofClass}#${shard}`, ':now': now },
        },
      );
      for await (const rows of readPages(answers, dueRow)) {
        yield rows.map((due) => ({ ...due, dueClass: ofClass }));
      }
    },
    // Its own claim may already be stored: the SDK retries a call whose response was lost.
    claim: async (due, claim, leaseEnd, charged) => {
      const changes = { claim, nextDueAt: leaseEnd, spends: charged, waitsFor: undefined };
      const values = { ':seen': due.nextDueAt, ':paused': 'paused', ':jobId': claim.jobId };
      const before = await write(due, changes, `${asSeen} OR ${holdsClaim}`, values, 'ALL_OLD');
      return before === undefined ? undefined : readRow(claimedRow, before.Attributes);
    },
    release: (due, jobId) => {
      const asBefore = { claim: undefined, nextDueAt: due.nextDueAt, spends: due.spends };
      return update(due, asBefore, holdsClaim, { ':jobId': jobId });
    },
    // A due mailbox has no valid lease, even if a claim is still stored.
    postpone: (due, nextDueAt, waitsFor) =>
      update(due, { claim: undefined, nextDueAt, waitsFor }, asSeen, {
        ':seen': due.nextDueAt,
        ':paused': 'paused',
      }),
    saveProgress: (mailbox, jobId, progress) => {
      const isPaused = 'phase' in progress && progress.phase === 'paused';
      const changes = isPaused ? { ...progress, dueKey: undefined } : progress;
      return update(mailbox, changes, holdsClaim, { ':jobId': jobId });
    },
    finish: async (mailbox, { jobId, claimedAt }, end) => {
      const changesOf = (isRequested: boolean) => {
        const changes = end(isRequested);
        const isPaused = changes.phase === 'paused';
        return { ...changes, dueKey: isPaused ? undefined : dueKeyOf(changes.dueClass, mailbox.accountId) };
      };
      const unrequested = `${holdsClaim} AND (attribute_not_exists(requestedAt) OR requestedAt <= :claimedAt)`;
      const values = { ':jobId': jobId };
      return (
        (await update(mailbox, changesOf(false), unrequested, { ...values, ':claimedAt': claimedAt })) ||
        update(mailbox, changesOf(true), holdsClaim, values)
      );
    },
    delete: async ({ accountId, generation }) => {
      const command = new DeleteCommand({
        ...keyOf(accountId),
        ConditionExpression: 'generation = :generation',
        ExpressionAttributeValues: { ':generation': generation },
      });
      return (await callConditionally(tables.send(command))) !== undefined;
    },
    scan: (after) => {
      const query = {
        TableName: tableName,
        ProjectionExpression: sweptMailbox.join(', '),
        ...(after !== undefined && { ExclusiveStartKey: { accountId: after } }),
      };
      return readPages(paginateScan({ client: tables, pageSize: sweptPageSize }, query), sweptRow);
    },
    generationsOf: async (accountIds) => {
      const keys = accountIds.map((accountId) => ({ accountId }));
      const items = await readBatches(tables, tableName, keys, mailboxGeneration, { consistent: false });
      return new Map(
        readRow(generationRows, items).map(({ accountId, generation }) => [accountId, generation]),
      );
    },
  };
}

/** Shards spread the mailboxes of one class evenly over index partitions; a mailbox's shard never changes. */
function dueKeyOf(ofClass: DueClass, accountId: string): string {
  const shard = createHash('sha256').update(accountId).digest().readUInt8(0) % shards;
  return `${ofClass}#${shard}`;
}
