import { IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';

/** An answer to an HTTP request, before it is written. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What happens to the answer on its way, instead of arriving. */
  readonly disturbance?: Disturbance;
}

/** `hang`: nothing ever comes; `reset`: the connection breaks; `truncate`: half of it comes, then the connection breaks. */
export type Disturbance = 'hang' | 'reset' | 'truncate';

/** Returns a JSON answer. */
export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(value, null, 2)),
  };
}

/** Returns an HTML page. */
export function page(html: string, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    body: Buffer.from(html),
  };
}

/** Returns a redirect that a browser follows with GET. */
export function redirect(location: string): Answer {
  return { status: 303, headers: { location, 'cache-control': 'no-store' }, body: Buffer.alloc(0) };
}

/** Reads a request's whole body. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  return buffer(request);
}

/**
 * Returns the request again, with its body unread: the router has read it, and `oidc-provider` wants to. Without
 * the cookie of the provider's own session: who signs in is decided anew by each request.
 */
export function replay(request: IncomingMessage, body: Buffer, target = request.url ?? '/'): IncomingMessage {
  const copy = new IncomingMessage(request.socket);
  copy.method = request.method ?? 'GET';
  copy.url = target;
  copy.httpVersion = request.httpVersion;
  copy.headers = { ...request.headers };
  if (body.length > 0) copy.headers['content-length'] = String(body.length);
  const cookies = (request.headers.cookie ?? '')
    .split('; ')
    .filter((cookie) => !cookie.startsWith('_session'));
  copy.headers.cookie = cookies.join('; ');
  copy.complete = true;
  copy.push(body);
  copy.push(null);
  return copy;
}

/** Writes an answer, compressed when the caller asks for it the way Google wants to be asked. */
export function write(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (answer.disturbance === 'hang') return;
  if (answer.disturbance === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const compress = wantsGzip(request) && answer.body.length > 0;
  const body = compress ? gzipSync(answer.body) : answer.body;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(compress ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding, User-Agent' } : {}),
    'content-length': body.length,
  });
  if (answer.disturbance === 'truncate') breakOff(response, body);
  else response.end(request.method === 'HEAD' ? undefined : body);
}

/** Sends half of a body whose length is already announced, then breaks the connection. */
export function breakOff(response: ServerResponse, body: Buffer): void {
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
}

/** Google compresses only for a caller that accepts gzip and has the word in its User-Agent. */
function wantsGzip(request: IncomingMessage): boolean {
  const accepts = String(request.headers['accept-encoding'] ?? '').includes('gzip');
  return accepts && String(request.headers['user-agent'] ?? '').includes('gzip');
}
