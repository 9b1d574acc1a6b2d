import { devNull } from 'node:os';
import { loopbackHosts } from './discovery.ts';

/** Disables shared AWS settings files, whose profiles may set FIPS or dual-stack endpoints, or other retries. */
export const noSharedAwsFiles = {
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
};

/** The AWS variables that select the services and the identity here. */
const kept = /^AWS_(ENDPOINT_URL_\w+|REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/;

/**
 * Removes settings for the real AWS and for a proxy from the environment of local services. The SDK refuses FIPS and
 * dual-stack endpoints together with a custom endpoint, and `fetch` would send loopback requests to the proxy. Call it
 * before the first client is created.
 *
 * @param environment the process's environment, which is changed
 */
export function reachLocalServices(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) {
    if (name.startsWith('AWS_') && !kept.test(name)) delete environment[name];
  }
  Object.assign(environment, noSharedAwsFiles);
  // Both spellings are in use, and if both are set, clients differ in which they prefer.
  const exceptions = environment['no_proxy'] || environment['NO_PROXY'];
  const noProxy = [...(exceptions ? [exceptions] : []), ...loopbackHosts].join(',');
  Object.assign(environment, { no_proxy: noProxy, NO_PROXY: noProxy });
}
