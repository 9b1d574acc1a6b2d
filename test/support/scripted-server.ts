import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { createTransport, type Transport } from '../../lambdas/google/transport.ts';

/** One request, as it came over the wire. */
export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/**
 * What the server does with a request: answers it, answers it in part and breaks off, drops the connection, or
 * never answers.
 */
export type Reply =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Text as it is, anything else as JSON. */
      readonly body?: unknown;
      /** Promises more than it sends, then breaks off. */
      readonly broken?: boolean;
    }
  | 'reset'
  | 'hang';

/** An HTTP server on loopback that answers from a script, in order; a request beyond the script gets 418. */
export interface ScriptedServer {
  readonly origin: string;
  readonly requests: readonly SeenRequest[];
  /** Writes the next replies. */
  script(...replies: readonly Reply[]): void;
}

/** Starts a scripted server that is stopped when the test has ended. */
export async function scriptedServer(): Promise<ScriptedServer> {
  const requests: SeenRequest[] = [];
  const replies: Reply[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { method = '', url = '/', headers } = request;
    requests.push({ method, url: new URL(url, 'http://127.0.0.1'), headers, body });
    reply(replies.shift() ?? { status: 418, body: 'This request is not in the script.' }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    script: (...next) => {
      replies.push(...next);
    },
  };
}

/** The production transport, but for how long it waits (milliseconds). */
export function impatientTransport(timeout: number): Transport {
  const transport = createTransport();
  const request = transport.request.bind(transport);
  transport.request = (options) => request({ ...options, timeout });
  return transport;
}

/** An address on loopback where nobody listens. */
export async function deadOrigin(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

function reply(next: Reply, response: ServerResponse): void {
  if (next === 'hang') return;
  if (next === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const { status = 200, headers = {}, body = '', broken = false } = next;
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json; charset=UTF-8';
  const length = Buffer.byteLength(content) + (broken ? 100 : 0);
  response.writeHead(status, { 'content-type': type, 'content-length': length, ...headers });
  if (!broken) response.end(content);
  else response.write(content, () => response.socket?.destroy());
}
