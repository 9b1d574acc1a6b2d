import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../../infra/local/gateway/sha256.ts';
import { isProblemCode, type ProblemCode } from '../../lambdas/errors.ts';
import type { Site } from './site.ts';

/** A request as it goes over the wire. `fetch` would write a query anew, and would send no header twice. */
export interface WireRequest {
  readonly method?: string;
  /** Path and query, as sent. */
  readonly target: string;
  /** Names and values in pairs: a name may come again. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

/** What came back. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Sends a request by hand. */
export function sendWire({ origin }: Pick<Site, 'origin'>, request: WireRequest): Promise<WireAnswer> {
  const { method = 'GET', target, headers = [], body = '' } = request;
  const { port, host } = new URL(origin);
  const names = new Set(headers.map(([name]) => name));
  const all = [
    ...(names.has('host') ? [] : [['host', host]]),
    ...(body === '' ? [] : [['content-length', String(Buffer.byteLength(body))]]),
    ...headers,
  ].flat();
  const answered = Promise.withResolvers<WireAnswer>();
  const sent = httpRequest(
    { host: 'localhost', port, method, path: target, headers: all },
    async (answer) => {
      answered.resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: await text(answer) });
    },
  );
  sent.on('error', answered.reject).end(body);
  return answered.promise;
}

/** The code of the problem that was answered in JSON; undefined when it was none. */
export function problemIn({ text: body }: Pick<WireAnswer, 'text'>): ProblemCode | undefined {
  const [, code = ''] = /"code":"(\w+)"/.exec(body) ?? [];
  return isProblemCode(code) ? code : undefined;
}

/** What a backend is about to ask. */
export interface Unsigned {
  readonly method?: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[]>>;
  /** Sent as JSON. */
  readonly body?: object;
}

type Signer = Partial<ConstructorParameters<typeof SignatureV4>[0]>;

/** Signs requests with the site's own AWS credentials, or wrongly where a test says so. */
export function signerOf(site: Pick<Site, 'origin' | 'aws'>) {
  const { host, port } = new URL(site.origin);
  const { region, credentials } = site.aws;
  const whole = ({ method = 'GET', path, query = {}, body }: Unsigned) => ({
    ...{ method, path, query, protocol: 'http:', hostname: 'localhost', port: Number(port) },
    headers: { host, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const signatureOf = (signer: Signer) =>
    new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256, ...signer });

  return {
    /** Signs in the headers. */
    sign: async (asked: Unsigned, signer: Signer = {}, signingDate = new Date()) => {
      const { method, headers, body } = await signatureOf(signer).sign(whole(asked), { signingDate });
      const target = targetOf(asked.path, asked.query ?? {});
      return { method, target, headers: Object.entries(headers), ...(body !== undefined && { body }) };
    },
    /** Signs in the query, as an address that anybody can open. */
    presign: async (asked: Unsigned) => {
      const { method, query = {}, headers, body } = await signatureOf({}).presign(whole(asked));
      const words = Object.entries(query).map(([name, value]) => [name, value ?? ''] as const);
      const target = targetOf(asked.path, Object.fromEntries(words));
      return { method, target, headers: Object.entries(headers), ...(body !== undefined && { body }) };
    },
  };
}

/** As the SDK's clients write a query (RFC 3986). */
function targetOf(path: string, query: Readonly<Record<string, string | string[]>>): string {
  const encode = (word: string) =>
    encodeURIComponent(word).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values].flat().map((value) => `${encode(name)}=${encode(value)}`),
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}
