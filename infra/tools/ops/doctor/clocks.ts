import { type Finding, failed, look, ok } from './finding.ts';
import { request } from './request.ts';

/** In milliseconds. AWS refuses signatures at five minutes, and tokens expire by the clock. */
const tolerance = 30_000;

/** A URL of AWS that shows its time: DynamoDB answers without credentials. */
export function awsClockUrl(environment: NodeJS.ProcessEnv): string {
  const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return environment['AWS_ENDPOINT_URL_DYNAMODB'] ?? `https://dynamodb.${region}.${suffix}`;
}

/** Checks that the clock of this machine agrees with the `Date` headers of Google and of AWS. */
export function checkClocks(
  urls: { readonly google: string; readonly aws: string },
  clock: () => number = Date.now,
): Promise<Finding[]> {
  return Promise.all([
    look('clock and Google', () => compare(urls.google, clock)),
    look('clock and AWS', () => compare(urls.aws, clock)),
  ]);
}

async function compare(url: string, clock: () => number) {
  const asked = clock();
  const { headers } = await request(url);
  const theirs = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(theirs)) return failed('the response has no date');
  // The time in a response has whole seconds, and is from some moment between request and response.
  const off = theirs + 500 < asked ? theirs + 500 - asked : Math.max(0, theirs - clock());
  const seconds = Math.round(Math.abs(off) / 1000);
  if (Math.abs(off) <= tolerance) return ok(`${seconds} s apart`);
  return failed(`${seconds} s apart: set the clock of this machine by a time server`);
}
