import * as v from 'valibot';
import { apiEvent } from '../support/api-event.ts';
import { openSite, type Site } from '../support/open-site.ts';
import { handlerFile, handlersFolder, makeHandlers } from './handlers.ts';
import type { Findings } from './part.ts';
import { runAlone } from './run-alone.ts';
import { showSpread, spreadOf } from './statistics.ts';

/** Fewer than use up an access token, at 20 seconds each. */
const times = 150;

const listing = v.object({ own: v.number(), all: v.number(), asked: v.array(v.string()) });
const result = v.object({ listings: v.array(listing), other: listing, inALoop: listing });

/** A warm listing: whom it asks, and what it takes beside their answers. */
export async function warm(): Promise<Findings> {
  await makeHandlers();
  const site = await openSite({ bundles: handlersFolder });
  try {
    const variables = {
      ...site.variables,
      BENCH_EVENT: await listingOf(site, 'ada@example.com'),
      BENCH_OTHER_EVENT: await listingOf(site, 'grace@example.com'),
      BENCH_TIMES: String(times),
    };
    const entry = handlerFile('messages-list');
    const data = v.parse(result, await runAlone(handlerFile('warm-listing'), [entry], variables));
    const own = spreadOf(data.listings.map((one) => one.own));
    const all = spreadOf(data.listings.map((one) => one.all));
    // Not one of those at which the client is read anew.
    const usual = data.listings.map(({ asked }) => asked).toSorted((one, other) => one.length - other.length);
    const withToken = usual[Math.floor(times / 2)] ?? [];
    const { asked: withoutToken } = data.other;
    const { asked: inALoop } = data.inALoop;
    const named = namesOf(site);
    const inWords = (asked: readonly string[]) => asked.map((host) => named.get(host) ?? host).join(', ');
    return {
      tables: {
        [`A warm listing, ${times} times: ms, median (middle half)`]: [
          { what: 'in all', ms: showSpread(all, 2) },
          { what: 'beside the answers of Google and AWS', ms: showSpread(own, 2) },
        ],
        'Whom it asks': [
          { token: 'in memory', asked: inWords(withToken) },
          { token: 'in memory, request after request', asked: inWords(inALoop) },
          { token: 'in the table', asked: inWords(withoutToken) },
        ],
      },
      figures: {
        ownTime: own.median,
        callsWithToken: withToken.length,
        callsWithoutToken: withoutToken.length,
      },
      data: { own, all, asked: { withToken, inALoop, withoutToken } },
    };
  } finally {
    await site.close();
  }
}

/** The event that lists a mailbox whose owner has just consented. */
async function listingOf(site: Site, account: string): Promise<string> {
  const browser = await site.connected({ account });
  const session = browser.cookie('localhost', 'session') ?? '';
  return JSON.stringify(apiEvent('GET /messages', { cookies: { session } }));
}

function namesOf({ aws, google }: Site): ReadonlyMap<string, string> {
  const services = {
    DynamoDB: aws.dynamodbEndpoint,
    KMS: aws.kmsEndpoint,
    'Secrets Manager': aws.secretsManagerEndpoint,
    Google: google.origin,
  };
  return new Map(Object.entries(services).map(([name, address]) => [new URL(address).host, name]));
}
