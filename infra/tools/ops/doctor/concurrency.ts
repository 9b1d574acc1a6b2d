import { SignatureV4 } from '@smithy/signature-v4';
import * as v from 'valibot';
import { Sha256 } from '../../../local/gateway/sha256.ts';
import { ToolError } from '../../tool-error.ts';
import { type Finding, failed, look, ok, type Result, skipped } from './finding.ts';
import { request } from './request.ts';

/** Executions that requests need beside the workers. A new account with the advised two workers has as many. */
const leastFree = 8;

const accountSettings = v.object({
  AccountLimit: v.object({ UnreservedConcurrentExecutions: v.number() }),
});

const eventSources = v.object({
  EventSourceMappings: v.array(v.object({ ScalingConfig: v.object({ MaximumConcurrency: v.number() }) })),
});

/** The endpoint and the credentials of requests to Lambda. */
export interface LambdaAccess {
  readonly endpoint?: string | undefined;
  readonly region: () => Promise<string>;
  readonly credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
}

/**
 * Checks that Lambda's concurrency leaves room for requests beside the sync workers: new accounts have 10 executions.
 *
 * @param queueArn the ARN of the queue that starts the workers
 */
export function checkConcurrency(access: LambdaAccess, queueArn: () => Promise<string>): Promise<Finding> {
  return look('Lambda concurrency', async () => {
    const region = await access.region();
    const settings = await ask(access, region, '/2016-08-19/account-settings/');
    if (settings === undefined) return notAllowed('GetAccountSettings');
    const EventSourceArn = await queueArn();
    const sources = await ask(access, region, '/2015-03-31/event-source-mappings/', { EventSourceArn });
    if (sources === undefined) return notAllowed('ListEventSourceMappings');
    const { UnreservedConcurrentExecutions: all } = v.parse(accountSettings, settings).AccountLimit;
    const [source] = v.parse(eventSources, sources).EventSourceMappings;
    if (source === undefined)
      return failed('no worker takes jobs from the sync queue: deploy the stack Service again');
    const workers = source.ScalingConfig.MaximumConcurrency;
    const text = `${all} concurrent executions, of which ${workers} sync workers leave ${Math.max(0, all - workers)}`;
    if (all - workers >= leastFree) return ok(text);
    return failed(
      `${text}: requests then fail; run ` +
        'aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 ' +
        `--desired-value ${Math.max(1000, 2 * workers)} --region ${region}, ` +
        'and deploy with --context syncWorkers=2 until it is granted',
    );
  });
}

function notAllowed(action: string): Result {
  return skipped(`lambda:${action} is not allowed for these credentials`);
}

/**
 * Returns Lambda's response; undefined if these credentials lack the right.
 *
 * @throws ToolError if Lambda reports an error
 */
async function ask(
  { endpoint, credentials }: LambdaAccess,
  region: string,
  path: string,
  query: Record<string, string> = {},
): Promise<unknown> {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = new URL(path, endpoint ?? `https://lambda.${region}.${suffix}`);
  const signer = new SignatureV4({ service: 'lambda', region, credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    ...{ method: 'GET', protocol: url.protocol, hostname: url.hostname, path, query },
    headers: { host: url.host },
  });
  url.search = String(new URLSearchParams(query));
  const answer = await request(url.href, { headers });
  if (answer.status === 403) return undefined;
  if (answer.status !== 200) throw new ToolError(`Lambda answers ${answer.status}: try again`);
  return answer.json();
}
