import { randomUUID } from 'node:crypto';
import { KMSClient } from '@aws-sdk/client-kms';
import * as v from 'valibot';
import { createMailboxesTable } from '../../lambdas/aws/mailboxes-table.ts';
import { createTokenCipher } from '../../lambdas/aws/token-key.ts';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { tokenContext } from '../../lambdas/grants/vault.ts';
import { newMailboxState } from '../../lambdas/sync/mailbox/connect.ts';
import { unitsOfPoll } from '../../lambdas/sync/mailbox/quota-profile.ts';
import { type GrowingSite, named, type Run, startNamed } from './growing-site.ts';
import { type Done, seriesOf } from './growth-series.ts';
import { handlerFile } from './handlers.ts';
import { startLoneWorker } from './lone-worker.ts';
import type { Series } from './trend.ts';

/** How many mailboxes are due in a tick, and how often that is measured. */
const sizes = [
  { size: 1, rounds: 9 },
  { size: 10, rounds: 5 },
  { size: 100, rounds: 3 },
  { size: 1_000, rounds: 1 },
];

/** Mailboxes of a tick before, in which both functions become warm. */
const warmUp = 100;

const quota = quotaProfiles['2026'];

/** A tick with so many mailboxes due, and the quiet polls that come of it, over real HTTP. */
export async function measureMailboxes(growing: GrowingSite): Promise<Series[]> {
  const { site, counted } = growing;
  const unlimited = { unitsPerUserMinute: 1e9, unitsPerProjectMinute: 1e9, unitsPerProjectDay: null };
  await site.admin('PUT', '/quota', { profile: '2026', latencyMs: 0, ...unlimited });
  const connect = await openConnecting(growing);
  const dispatcher = await startNamed(growing, 'sync-dispatch', handlerFile('sync-dispatch'));
  const worker = await startLoneWorker(site, named('sync-mailbox'));

  const runNext = async () => {
    const cost = await worker.runNext();
    if (cost === undefined) throw new Error('Fewer mailboxes were admitted than were due.');
    return cost;
  };
  const tick = async (size: number): Promise<[dispatch: Done, polls: Done]> => {
    for (let number = 0; number < size; number++) await connect();
    const event = { scheduledTime: new Date().toISOString() };
    const dispatch = await counted('sync-dispatch', () => dispatcher.run(event));
    const polls: Run[] = [];
    while (polls.length < size) polls.push(await counted('sync-mailbox', runNext));
    return [
      { ...dispatch, size, count: size },
      { ...sumOf(polls), size, count: size },
    ];
  };

  try {
    // The consent by which the site was connected is told first.
    await worker.runNext();
    await tick(warmUp);
    const [dispatches, polls]: [Done[], Done[]] = [[], []];
    for (const { size, rounds } of sizes) {
      for (let round = 0; round < rounds; round++) {
        const [dispatch, ofIt] = await tick(size);
        dispatches.push(dispatch);
        polls.push(ofIt);
      }
    }
    return [...seriesOf('dispatch', 'mailbox', dispatches), ...seriesOf('quiet poll', 'mailbox', polls)];
  } finally {
    dispatcher.close();
    worker.close();
  }
}

const grantSchema = v.looseObject({
  clientId: v.string(),
  accountId: v.string(),
  accessToken: v.instance(Uint8Array),
});

/** Connects one mailbox after the other, all of them copied and due: to Google they are all that of one person. */
async function openConnecting({ site, documents }: GrowingSite): Promise<() => Promise<void>> {
  await site.connected();
  await site.forget('mailboxes');
  const grant = v.parse(grantSchema, (await site.items('grants'))[0]);
  const { kmsEndpoint: endpoint, region, credentials, tokenKey, tableNames } = site.aws;
  const cipher = createTokenCipher(tokenKey, new KMSClient({ endpoint, region, credentials }));
  const token = await cipher.decrypt(grant.accessToken, tokenContext(grant, 'access'));
  const mailboxes = createMailboxesTable(documents, tableNames.mailboxes);
  const historyId = await newestHistoryId(site.google.origin, token);
  return async () => {
    const key = {
      accountId: `1${String(Math.random()).slice(2, 22).padEnd(20, '0')}`,
      generation: randomUUID(),
    };
    const accessToken = await cipher.encrypt(token, tokenContext({ ...grant, ...key }, 'access'));
    await site.put('grants', { ...grant, ...key, accessToken, consentId: randomUUID() });
    const state = newMailboxState(key, Date.now(), quota);
    await mailboxes.create({
      ...state,
      phase: 'live',
      dueClass: 'changes',
      wants: unitsOfPoll(quota),
      historyId,
    });
  };
}

async function newestHistoryId(google: string, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${google}/gmail/v1/users/me/profile`, { headers });
  return v.parse(v.object({ historyId: v.string() }), await answer.json()).historyId;
}

function sumOf(runs: readonly Run[]): Run {
  const sum = (part: (run: Run) => number) => runs.reduce((total, run) => total + part(run), 0);
  return {
    cpu: sum(({ cpu }) => cpu),
    wall: sum(({ wall }) => wall),
    reads: sum(({ reads }) => reads),
    writes: sum(({ writes }) => writes),
    memory: Math.max(...runs.map(({ memory }) => memory)),
  };
}
