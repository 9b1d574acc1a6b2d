import { SignatureV4 } from '@smithy/signature-v4';
import * as v from 'valibot';
import { Sha256 } from '../../../local/gateway/sha256.ts';
import { type Finding, fault, look, skipped, well } from './finding.ts';
import { reach } from './reach.ts';

/** The workers of a deployment that chose no `syncWorkers`. */
const usualWorkers = 10;

/** Fewer would leave too little for requests beside the workers. */
const leastFree = 2 * usualWorkers;

const accountSettings = v.object({
  AccountLimit: v.object({ UnreservedConcurrentExecutions: v.number() }),
});

/** Where Lambda is asked, and by whom. */
export interface LambdaAccess {
  readonly endpoint?: string | undefined;
  readonly region: () => Promise<string>;
  readonly credentials: ConstructorParameters<typeof SignatureV4>[0]['credentials'];
}

/** Whether the account lets requests run beside the sync workers: new accounts have 10 concurrent executions. */
export function lookAtConcurrency(access: LambdaAccess): Promise<Finding> {
  return look('Lambda concurrency', async () => {
    const region = await access.region();
    const answer = await getAccountSettings(access, region);
    if (answer.status === 403)
      return skipped('lambda:GetAccountSettings is not allowed to these credentials');
    if (answer.status !== 200) return fault(`Lambda answers ${answer.status}: try again`);
    const { AccountLimit: limit } = v.parse(accountSettings, await answer.json());
    const free = limit.UnreservedConcurrentExecutions;
    if (free >= leastFree) return well(`${free} concurrent executions`);
    return fault(
      `${free} concurrent executions: ${usualWorkers} sync workers can use them all, and requests then fail; run ` +
        'aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 ' +
        `--desired-value 1000 --region ${region}, and deploy with --context syncWorkers=2 until it is granted`,
    );
  });
}

async function getAccountSettings(
  { endpoint, credentials }: LambdaAccess,
  region: string,
): Promise<Response> {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = new URL('/2016-08-19/account-settings/', endpoint ?? `https://lambda.${region}.${suffix}`);
  const signer = new SignatureV4({ service: 'lambda', region, credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    ...{ method: 'GET', protocol: url.protocol, hostname: url.hostname, path: url.pathname },
    headers: { host: url.host },
  });
  return reach(url.href, { headers });
}
