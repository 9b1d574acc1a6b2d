import { once } from 'node:events';
import { IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** A response, before it is written. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What happens to the response during transmission. */
  readonly transmissionFault?: TransmissionFault;
  /** The body is sent in pieces over this many milliseconds. */
  readonly dripMs?: number;
  /** Instead of the body: JSON of this many bytes, written for as long as the client reads it. */
  readonly fill?: { readonly bytes: number; readonly poured: (bytes: number) => void };
}

/** `hang`: nothing is sent; `reset`: the connection breaks; `truncate`: half is sent, then the connection breaks. */
export type TransmissionFault = 'hang' | 'reset' | 'truncate';

/** Returns a JSON response. */
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

/**
 * Returns the request with its body unread: the router has read it, and `oidc-provider` must read it too. The
 * provider's session cookie is removed, because each request determines who signs in.
 */
export function replay(request: IncomingMessage, body: Buffer): IncomingMessage {
  const copy = new IncomingMessage(request.socket);
  copy.method = request.method ?? 'GET';
  copy.url = request.url ?? '/';
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

/** Writes a response, compressed if the request meets Google's conditions. */
export function write(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (answer.transmissionFault === 'hang') return;
  if (answer.transmissionFault === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const { status, headers, dripMs, fill } = answer;
  if (fill !== undefined) {
    response.writeHead(status, headers);
    void pour(response, fill);
    return;
  }
  const isPlain = headers['content-encoding'] === undefined && headers['content-length'] === undefined;
  const compress = wantsGzip(request) && isPlain && answer.body.length > 0;
  const body = compress ? gzipSync(answer.body) : answer.body;
  response.writeHead(status, {
    'content-length': body.length,
    ...headers,
    ...(compress ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding, User-Agent' } : {}),
  });
  if (answer.transmissionFault === 'truncate') breakOff(response, body);
  else if (dripMs !== undefined) void drip(response, body, dripMs);
  else response.end(request.method === 'HEAD' ? undefined : body);
}

/** Writes a body in ten pieces over this many milliseconds, or until the client stops reading. */
export async function drip(
  response: ServerResponse,
  body: Buffer,
  milliseconds: number,
  end: (rest: Buffer) => void = (rest) => response.end(rest),
): Promise<void> {
  const size = Math.max(1, Math.floor(body.length / 10));
  let sent = 0;
  for (; sent + size < body.length && !response.destroyed; sent += size) {
    response.write(body.subarray(sent, sent + size));
    await delay(milliseconds / 10);
  }
  if (!response.destroyed) end(body.subarray(sent));
}

async function pour(response: ServerResponse, { bytes, poured }: NonNullable<Answer['fill']>): Promise<void> {
  const piece = Buffer.alloc(65_536, 'x');
  const closed = new Promise((resolve) => response.once('close', resolve));
  response.write('{"filler":"');
  for (let left = bytes; left > 0 && !response.destroyed; left -= piece.length) {
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed]);
    poured(piece.length);
  }
  if (!response.destroyed) response.end('"}');
}

/** Sends half of a body whose length is already announced, then breaks the connection. */
export function breakOff(response: ServerResponse, body: Buffer): void {
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
}

/** Google compresses only if the request accepts gzip and its User-Agent contains the word. */
function wantsGzip(request: IncomingMessage): boolean {
  const accepts = String(request.headers['accept-encoding'] ?? '').includes('gzip');
  return accepts && String(request.headers['user-agent'] ?? '').includes('gzip');
}
