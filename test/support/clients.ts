import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../../infra/local/gateway/sha256.ts';
import { createBackendClient } from '../../lambdas/client/backend-client.ts';
import { type Client, createClient } from '../../lambdas/client/client.ts';
import type { Sign } from '../../lambdas/client/connection.ts';
import { GmailOfflineAccessError } from '../../lambdas/client/error.ts';
import type { Browser } from './browser.ts';
import type { Site } from './site.ts';

/** The package's client, for who is signed in with a browser; for nobody without one. */
export function clientOf(site: Site, browser?: Browser): Client {
  return createClient({ site: site.origin, token: browser?.cookie('localhost', 'session') });
}

/** The package's client of backends, with the site's own AWS credentials. */
export function backendClientOf(site: Site, owner?: string) {
  const { region, credentials } = site.aws;
  const signer = new SignatureV4({ region, credentials, service: 'execute-api', sha256: Sha256 });
  const sign: Sign = async ({ method, url, headers, body }) => {
    const { protocol, hostname, port, host, pathname: path, searchParams } = url;
    const query = Object.fromEntries(
      [...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]),
    );
    const signed = await signer.sign({
      ...{ method, protocol, hostname, port: Number(port), path, query },
      headers: { ...headers, host },
      ...(body !== undefined && { body }),
    });
    return signed.headers;
  };
  return createBackendClient({ site: site.origin, sign, owner });
}

/** The problem that an answer was refused with. */
export async function problemOf(answer: Promise<unknown>): Promise<GmailOfflineAccessError> {
  const error: unknown = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof GmailOfflineAccessError) return error;
  throw new Error('It was not refused with a problem.', { cause: error });
}
