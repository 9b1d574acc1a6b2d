import { devNull } from 'node:os';
import { loopbackHosts } from './discovery.ts';

/** Names no file of shared AWS settings, whose profiles may ask for FIPS or dual-stack endpoints, or other retries. */
export const noSharedAwsFiles = {
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
};

/** The AWS variables that say which services are used here, and as whom. */
const kept = /^AWS_(ENDPOINT_URL_\w+|REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/;

/**
 * Keeps what a machine sets for the real AWS and for its proxy away from the services that run on it: the SDK refuses
 * FIPS and dual-stack endpoints beside an address of one's own, and `fetch` would send requests for loopback to the
 * proxy. Call it before the first client is made.
 *
 * @param environment the process's own; it is changed
 */
export function reachLocalServices(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) {
    if (name.startsWith('AWS_') && !kept.test(name)) delete environment[name];
  }
  Object.assign(environment, noSharedAwsFiles);
  // Both spellings are in use, and where both are set, not every client prefers the same one.
  const exceptions = environment['no_proxy'] || environment['NO_PROXY'];
  const noProxy = [...(exceptions ? [exceptions] : []), ...loopbackHosts].join(',');
  Object.assign(environment, { no_proxy: noProxy, NO_PROXY: noProxy });
}
