import { randomUUID } from 'node:crypto';
import type { MailboxKey } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { announceConnected } from './announce.ts';
import { type ExpiringGrant, isExpiryDue, requestExpiry } from './announce-expiry.ts';
import { newMailboxState } from './connect.ts';
import type { MailboxStore } from './mailbox-state.ts';
import type { QuotaProfile } from './sync-gmail.ts';
import type { SyncMessage, SyncQueue } from './sync-queue.ts';

/** A grant, as much of it as the sweep looks at. */
export type SweptGrant = MailboxKey & {
  readonly status: string;
  /** When its last consent was stored, epoch milliseconds. */
  readonly connectedAt?: number | undefined;
} & ExpiringGrant;

export interface SweepDependencies {
  readonly mailboxes: Pick<MailboxStore, 'scan' | 'create' | 'resume'>;
  /** Every grant, page by page. */
  readonly listGrants: () => AsyncIterable<readonly SweptGrant[]>;
  /** One grant, read consistently. */
  readonly findGrant: (accountId: string) => Promise<SweptGrant | undefined>;
  /**
   * Finishes the account's disconnect where one was cut off, the erasure of the copy included.
   *
   * @returns whether that ended the grant
   */
  readonly finishDisconnect: (accountId: string) => Promise<boolean>;
  readonly queue: SyncQueue;
  readonly quota: QuotaProfile;
  /** Whether this stage copies mail at all; where it does not, the sweep only ends what is to end. */
  readonly copying: boolean;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock?: () => number;
  readonly newId?: () => string;
}

/** How many accounts are seen to at a time. */
const atATime = 25;

/** How far back consents are announced once more (milliseconds): beyond the last sweep, however late that was. */
const lookBack = 26 * 3_600_000;

/**
 * Once a day: gives every active grant a sync state, those from before there was a sync included; sets every paused
 * mailbox going again whose grant is active, since what paused it may have been mended without our knowing; asks again
 * for the erasure of copies whose generation has ended but whose state still stands; has the change feed announce
 * grants that end soon; and finishes disconnects that were cut off.
 *
 * @throws Problem `storage_unavailable` when the queue does not take an erasure: no newer state then hides the old one
 */
export async function sweep(dependencies: SweepDependencies): Promise<void> {
  const { copying, metrics, log } = dependencies;
  const grants = await readGrants(dependencies);
  const states = await sweepStates(grants, dependencies);
  const started = copying ? await startMissing(grants, states, dependencies) : 0;
  const resumed = copying ? await resume(states.paused, grants, dependencies) : 0;
  if (copying) {
    metrics({
      Mailboxes: { value: states.known.size, unit: 'Count' },
      CopyingMailboxes: { value: states.copying, unit: 'Count' },
      LiveMailboxes: { value: states.live, unit: 'Count' },
      PausedMailboxes: { value: states.paused.length, unit: 'Count' },
      FailedMessages: { value: states.failed, unit: 'Count' },
    });
  }
  await announceRecent(grants, states, dependencies);
  await announceExpiring(grants, dependencies);
  // Last, so that a disconnect that cannot be finished holds nothing up.
  const finished = await finishDisconnects(grants, dependencies);
  log.info({ event: 'swept', erased: states.erased.size, started, resumed, finished });
}

/** Every grant by its account. */
type Grants = ReadonlyMap<string, SweptGrant>;

async function readGrants({ listGrants }: SweepDependencies): Promise<Grants> {
  const grants = new Map<string, SweptGrant>();
  for await (const page of listGrants()) for (const grant of page) grants.set(grant.accountId, grant);
  return grants;
}

/** What the sync states show. */
interface SweptStates {
  /** `<account>#<generation>` of each. */
  readonly known: ReadonlySet<string>;
  /** How many are being copied at first, and how many are only kept in step. */
  readonly copying: number;
  readonly live: number;
  readonly paused: readonly MailboxKey[];
  /** The ended generation of each account whose copy will be erased. */
  readonly erased: ReadonlyMap<string, string>;
  /** Messages that could not be copied. */
  readonly failed: number;
}

const nameOf = ({ accountId, generation }: MailboxKey) => `${accountId}#${generation}`;

/** Reads every state, and has the copies of ended generations erased. */
async function sweepStates(grants: Grants, dependencies: SweepDependencies): Promise<SweptStates> {
  const known = new Set<string>();
  const paused: MailboxKey[] = [];
  const erased = new Map<string, string>();
  const phases = { backfill: 0, live: 0, paused: 0 };
  let failed = 0;
  for await (const page of dependencies.mailboxes.scan()) {
    for (const mailbox of page) {
      known.add(nameOf(mailbox));
      failed += mailbox.failed;
      phases[mailbox.phase] += 1;
      if (mailbox.phase === 'paused') paused.push(mailbox);
    }
    // A revoked grant keeps its copy: the person may consent again. A disconnect has it erased itself.
    const suspects = page.filter(
      ({ accountId, generation }) => grants.get(accountId)?.generation !== generation,
    );
    for (const { accountId, generation } of await eraseEnded(suspects, dependencies)) {
      erased.set(accountId, generation);
    }
  }
  return { known, copying: phases.backfill, live: phases.live, paused, erased, failed };
}

/**
 * Has those erased whose grant is still not there when it is looked at once more: it may have come since.
 *
 * @returns whose copies will be erased
 */
async function eraseEnded(
  suspects: readonly MailboxKey[],
  { findGrant, queue, newId = randomUUID }: SweepDependencies,
): Promise<readonly MailboxKey[]> {
  const messages: SyncMessage[] = [];
  await each(suspects, async ({ accountId, generation }) => {
    const grant = await findGrant(accountId);
    if (grant?.generation === generation) return;
    messages.push({ kind: 'erase', accountId, generation, jobId: newId() });
  });
  const untaken = await queue.send(messages);
  if (untaken.length > 0) throw new Problem('storage_unavailable');
  return messages;
}

/** @returns how many mailboxes were given a state */
async function startMissing(
  grants: Grants,
  { known, erased }: SweptStates,
  { mailboxes, findGrant, queue, quota, clock = Date.now, newId = randomUUID }: SweepDependencies,
): Promise<number> {
  let started = 0;
  const missing = [...grants.values()].filter(
    (grant) => grant.status === 'active' && !known.has(nameOf(grant)),
  );
  await each(missing, async ({ accountId, generation }) => {
    // Meanwhile the account may have been disconnected, or connected anew.
    const grant = await findGrant(accountId);
    if (grant?.generation !== generation || grant.status !== 'active') return;
    // Whoever stored the grant may have been cut off before it said so.
    await announceConnected({ accountId, generation }, queue, newId);
    const state = newMailboxState({ accountId, generation }, clock(), quota);
    if (await mailboxes.create(state, erased.get(accountId))) started += 1;
  });
  return started;
}

/**
 * Has the change feed told of the last day's consents once more: whoever stored one may have been cut off before it said
 * so, and nothing here shows it. Those that were given a state just now have been announced.
 */
async function announceRecent(
  grants: Grants,
  { known }: SweptStates,
  { copying, findGrant, queue, clock = Date.now, newId = randomUUID }: SweepDependencies,
): Promise<void> {
  const since = clock() - lookBack;
  const recent = [...grants.values()].filter(
    (grant) =>
      grant.status === 'active' &&
      (grant.connectedAt ?? 0) >= since &&
      (!copying || known.has(nameOf(grant))),
  );
  await each(recent, async ({ accountId, generation }) => {
    const grant = await findGrant(accountId);
    if (grant?.generation !== generation || grant.status !== 'active') return;
    await announceConnected({ accountId, generation }, queue, newId);
  });
}

/** Has grants announced that end soon, once for each end. */
async function announceExpiring(
  grants: Grants,
  { queue, clock = Date.now, newId = randomUUID }: SweepDependencies,
): Promise<void> {
  const expiring = [...grants.values()].filter((grant) => isExpiryDue(grant, clock()));
  await each(expiring, (grant) => requestExpiry(grant, queue, newId));
}

/**
 * Gives each paused mailbox whose grant is active a try: its person may have consented while nothing was copied, an
 * administrator may have lifted a rule. One that is still refused pauses again, with its reason.
 *
 * @returns how many go on
 */
async function resume(
  paused: readonly MailboxKey[],
  grants: Grants,
  { mailboxes, clock = Date.now }: SweepDependencies,
): Promise<number> {
  let resumed = 0;
  const usable = paused.filter(({ accountId, generation }) => {
    const grant = grants.get(accountId);
    return grant?.generation === generation && grant.status === 'active';
  });
  await each(usable, async ({ accountId, generation }) => {
    if (await mailboxes.resume({ accountId, generation }, clock())) resumed += 1;
  });
  return resumed;
}

/** @returns how many grants that ended */
async function finishDisconnects(grants: Grants, { finishDisconnect }: SweepDependencies): Promise<number> {
  let finished = 0;
  const leaving = [...grants.values()].filter(({ status }) => status === 'disconnecting');
  await each(leaving, async ({ accountId }) => {
    if (await finishDisconnect(accountId)) finished += 1;
  });
  return finished;
}

/** Sees to all, some at a time. What one of them fails on holds up no other; at the end it is thrown. */
async function each<Item>(items: readonly Item[], seeTo: (item: Item) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (let start = 0; start < items.length; start += atATime) {
    const results = await Promise.allSettled(items.slice(start, start + atATime).map(seeTo));
    for (const result of results) if (result.status === 'rejected') failures.push(result.reason);
  }
  if (failures.length > 0) throw failures[0];
}
