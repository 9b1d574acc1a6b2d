import type { Options } from '../command-line.ts';
import { UsageError } from '../tool-error.ts';
import type { OpsCall, OpsCommand, OpsOutcome } from './command.ts';
import { checkAws } from './doctor/aws.ts';
import { awsClockUrl, checkClocks } from './doctor/clocks.ts';
import { checkConcurrency, type LambdaAccess } from './doctor/concurrency.ts';
import type { Finding } from './doctor/finding.ts';
import { checkGoogle } from './doctor/google.ts';
import { checkSecret } from './doctor/secret.ts';
import { checkSite } from './doctor/site.ts';
import { checkSync } from './doctor/sync.ts';
import type { Stores } from './stores.ts';

/** `doctor`: checks everything that an installation needs. */
export const doctor: OpsCommand = {
  about: 'Checks all that an installation needs, and reports each fault with its remedy.',
  example: '--origin https://mail.example.com',
  options: ['origin', 'daily-units', 'no-copy', 'scopes'],
  changes: false,
  check,
  run,
};

const marks = { ok: 'ok     ', failed: 'FAILED ', skipped: 'skipped' } as const;

async function run({ stores, installation, options, dryRun }: OpsCall): Promise<OpsOutcome> {
  const origin = options.origin ?? installation.variables['ORIGIN'];
  const { findings: ofSecret, clientId } = await checkSecret(stores, origin);
  const urls = {
    google: `${stores.config.googleIssuer}/.well-known/openid-configuration`,
    aws: awsClockUrl(process.env),
  };
  const others = await Promise.all([
    checkAws(stores, installation.name),
    // The local environment runs functions without Lambda.
    installation.name === 'local' ? [] : checkConcurrency(lambdaAccess(stores), stores.deadLetters.queueArn),
    checkGoogle(stores, clientId !== undefined),
    checkClocks(urls),
    checkSite(stores, { origin, clientId, dryRun }),
    checkSync(stores, Date.now()),
  ]);
  const findings: readonly Finding[] = [...ofSecret, ...others.flat()];
  const faults = findings.filter(({ state }) => state === 'failed').length;
  return {
    ok: faults === 0,
    lines: [
      ...findings.map(({ name, state, text }) => `${marks[state]} ${name}: ${text}`),
      faults === 0 ? 'no fault found' : `${faults} fault${faults === 1 ? '' : 's'} found`,
    ],
    result: { findings },
  };
}

/** Access to Lambda with the region and credentials of the other AWS clients. */
function lambdaAccess({ tables }: Stores): LambdaAccess {
  const { region, credentials } = tables.config;
  return { endpoint: process.env['AWS_ENDPOINT_URL_LAMBDA'], region, credentials };
}

function check({ origin }: Options): void {
  if (origin === undefined || URL.parse(origin)?.origin === origin) return;
  throw new UsageError(
    '--origin must be the site’s own origin, such as https://mail.example.com, with no path',
  );
}
