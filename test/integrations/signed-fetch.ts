import { SignatureV4 } from '@smithy/signature-v4';
// SHA-256 on Node's own; the package `@aws-crypto/sha256-js` does as well.
import { Sha256 } from '../../infra/local/gateway/sha256.ts';

/** The stack's region, and credentials or what provides them, such as `@aws-sdk/credential-providers`. */
export type AwsIdentity = Pick<ConstructorParameters<typeof SignatureV4>[0], 'region' | 'credentials'>;

/** What a request asks with. */
export interface SignedRequest {
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
}

/**
 * Returns a `fetch` that signs each request with AWS credentials (Signature Version 4), as API Gateway wants it.
 *
 * @param site the origin of gmail-offline-access
 */
export function createSignedFetch(site: string, aws: AwsIdentity) {
  const signer = new SignatureV4({ ...aws, service: 'execute-api', sha256: Sha256 });
  const { protocol, hostname, port, host } = new URL(site);

  return async (method: string, path: string, request: SignedRequest = {}): Promise<Response> => {
    const { query = {} } = request;
    const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) };
    const { headers } = await signer.sign({
      ...{ method, protocol, hostname, port: Number(port), path, query, ...body },
      headers: { host, ...(request.body && { 'content-type': 'application/json' }) },
    });
    const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    return fetch(`${site}${path}${search.length > 0 ? `?${search.join('&')}` : ''}`, {
      method,
      headers,
      ...body,
    });
  };
}
