import { createHash, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { account } from '../aws/aws-call.ts';
import { type Signer, splitTarget, type WireRequest, wireHeaders } from './event.ts';
import { Sha256 } from './sha256.ts';

/** The only AWS identity of this machine, which may call the routes with IAM authorization. */
export interface LocalIam {
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** The tolerated clock difference of a signature in milliseconds, as at AWS: 5 minutes either way. */
const tolerance = 5 * 60_000;

/** The content of an Authorization header (IAM User Guide, "Create a signed AWS API request"). */
interface Claim {
  readonly accessKeyId: string;
  readonly scope: string;
  /** Names in lower case. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/**
 * The signer of a request, or why its signature is refused; the reason contains nothing of the signature, keys or
 * token.
 */
type Verified = { readonly signer: Signer } | { readonly refused: string };

/**
 * Verifies the Signature Version 4 of a request for the service `execute-api` with this machine's credentials. It
 * covers method, path, query, host, time, body and every other header that it names. As at AWS, the same signed request
 * may be repeated until it expires. A signature in the query (a presigned URL) is not accepted.
 */
export async function verifySignature(
  request: WireRequest,
  { region, credentials }: LocalIam,
): Promise<Verified> {
  const headers = wireHeaders(request);
  const { authorization, 'x-amz-date': date = '' } = headers;
  if (authorization === undefined)
    return { refused: 'the request is not signed: it has no Authorization header' };
  const claim = readClaim(authorization);
  if (claim === undefined) return { refused: 'the Authorization header is not one of Signature Version 4' };
  const signedAt = readTime(date);
  if (signedAt === undefined) return { refused: 'X-Amz-Date is missing or not YYYYMMDDTHHMMSSZ' };
  const scope = `${date.slice(0, 8)}/${region}/execute-api/aws4_request`;
  const unsigned = unsignedHeaders(claim, headers);
  const faults: readonly (readonly [isFault: boolean, reason: string])[] = [
    [claim.accessKeyId !== credentials.accessKeyId, 'the access key ID is not the one of this environment'],
    [claim.scope !== scope, `the date, region or service that it is signed for is not ${scope}`],
    [
      headers['x-amz-security-token'] !== credentials.sessionToken,
      'the session token is not the one of this environment',
    ],
    [
      Math.abs(request.time - signedAt) > tolerance,
      'X-Amz-Date is more than 5 minutes from the present time',
    ],
    [unsigned.length > 0, `headers that must be signed are not: ${unsigned.join(', ')}`],
    [!hashFits(request, headers), 'X-Amz-Content-Sha256 is not the hash of the body'],
  ];
  const fault = faults.find(([isFault]) => isFault);
  if (fault !== undefined) return { refused: fault[1] };
  const expected = await sign(request, headers, claim, signedAt, { region, credentials });
  if (isSame(claim.signature, expected)) return { signer: signerOf(credentials.accessKeyId) };
  return {
    refused: 'the signature is wrong: another secret access key, or the request was changed after signing',
  };
}

function readClaim(authorization: string): Claim | undefined {
  const [, accessKeyId, scope, names, signature] =
    /^AWS4-HMAC-SHA256 Credential=([^/\s,]+)\/([^\s,]+), *SignedHeaders=([a-z0-9;_-]+), *Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  if (!accessKeyId || !scope || !names || !signature) return undefined;
  return { accessKeyId, scope, signedHeaders: names.split(';'), signature };
}

/** @returns epoch milliseconds of `YYYYMMDDTHHMMSSZ` */
function readTime(text: string): number | undefined {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const time = iso === text ? Number.NaN : Date.parse(iso);
  return Number.isNaN(time) ? undefined : time;
}

/** The host, the time and AWS's own headers that the signature does not cover. */
function unsignedHeaders({ signedHeaders }: Claim, headers: Readonly<Record<string, string>>): string[] {
  const own = Object.keys(headers).filter((name) => name.startsWith('x-amz-'));
  return ['host', ...own].filter((name) => !signedHeaders.includes(name));
}

/** Whether the body's hash matches the header that names it, if there is one. The hash is part of every signature. */
function hashFits({ body }: WireRequest, headers: Readonly<Record<string, string>>): boolean {
  const named = headers['x-amz-content-sha256'];
  return named === undefined || named === createHash('sha256').update(body).digest('hex');
}

/** The expected signature of the request. */
async function sign(
  { method, target, body }: WireRequest,
  headers: Readonly<Record<string, string>>,
  { signedHeaders }: Claim,
  signedAt: number,
  { region, credentials }: LocalIam,
): Promise<string> {
  const signer = new SignatureV4({
    ...{ service: 'execute-api', region, credentials, sha256: Sha256 },
    applyChecksum: false,
  });
  const { path, query } = splitTarget(target);
  const covered = Object.entries(headers).filter(([name]) => signedHeaders.includes(name));
  const signed = await signer.sign(
    {
      ...{ method, protocol: 'http:', hostname: 'localhost', path, body },
      query: readQuery(query),
      headers: Object.fromEntries(covered),
    },
    { signingDate: new Date(signedAt), signableHeaders: new Set(signedHeaders) },
  );
  return readClaim(signed.headers['authorization'] ?? '')?.signature ?? '';
}

function readQuery(query: string): Record<string, string[]> {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)]));
}

function isSame(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

function signerOf(accessKey: string): Signer {
  return {
    accessKey,
    accountId: account,
    callerId: 'AIDALOCAL',
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: `arn:aws:iam::${account}:user/local`,
    userId: 'AIDALOCAL',
  };
}
