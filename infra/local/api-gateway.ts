import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import type { Cors } from '../cors.ts';
import { preflightResponse, withCors } from './gateway/cors.ts';
import { splitTarget, toEvent, type WireRequest } from './gateway/event.ts';
import {
  type HttpResponse,
  internalServerError,
  messageResponse,
  toHttpResponse,
} from './gateway/http-response.ts';
import { matchRoute, type RouteTable } from './gateway/match-route.ts';
import { type LocalIam, verifySignature } from './gateway/signature.ts';
import type { LogRecord } from './log-record.ts';
import { closeServers, listenOnLocalhost } from './loopback.ts';

export { toEvent } from './gateway/event.ts';
export { toHttpResponse } from './gateway/http-response.ts';
export { matchRoute } from './gateway/match-route.ts';

/** "Quotas for configuring and running an HTTP API in API Gateway" (November 2026); neither can be raised. */
const limits = { requestLineAndHeaders: 10_240, body: 10 * 1024 * 1024 };

/** A function timed out; its caller gets a 503, as behind API Gateway. */
export class InvocationTimeoutError extends Error {
  override readonly name = 'InvocationTimeoutError';
}

/** Invokes a function; resolves with its response. */
export type Invoke = (functionName: string, event: unknown) => Promise<unknown>;

/** The HTTP server that behaves like API Gateway in front of the deployed functions. */
export interface ApiGateway {
  /** The URL that a browser opens: `http://localhost:<port>`. */
  readonly origin: string;
  /** Starts serving; before that, every request gets a 503. */
  serve(invoke: Invoke): void;
  close(): Promise<void>;
}

/** A response on one of the site's routes. */
export interface SiteAnswer {
  /** As in the route table. */
  readonly routeKey: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly response: HttpResponse;
}

/** Options of the local API Gateway. */
export interface ApiGatewayOptions {
  /** 0 selects any free port. */
  readonly port: number;
  /** The site's routes by default. */
  readonly routes?: RouteTable;
  /** Who may call backend routes; by default no one. */
  readonly iam?: LocalIam;
  /** The pages of other origins that may call; by default none. */
  readonly cors?: Cors | undefined;
  /** Called with every response on a route, including the gateway's own. */
  readonly onAnswer?: ((answer: SiteAnswer) => void) | undefined;
  /** Called with a log record for every call whose signature is refused. */
  readonly onLog?: ((record: LogRecord) => void) | undefined;
}

/**
 * Starts the local API Gateway on every loopback address of `localhost`.
 *
 * @throws StartError if the port is taken
 */
export async function startApiGateway(options: ApiGatewayOptions): Promise<ApiGateway> {
  let invoke: Invoke | undefined;
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const answer = await respond(request, options, invoke);
    write(response, answer);
  };
  const newServer = () =>
    createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
      serve(request, response).catch(() => request.destroy());
    }).on('clientError', refuseUnreadable);
  const { servers, port } = await listenOnLocalhost(newServer, options.port);
  return {
    origin: `http://localhost:${port}`,
    serve: (ready) => {
      invoke = ready;
    },
    close: () => closeServers(servers),
  };
}

async function respond(
  request: IncomingMessage,
  { routes, iam, cors, onAnswer, onLog }: ApiGatewayOptions,
  invoke: Invoke | undefined,
): Promise<HttpResponse> {
  if (invoke === undefined) return messageResponse(503, 'Service Unavailable');
  const { method = '', url: target = '' } = request;
  if (headBytes(request) > limits.requestLineAndHeaders) return headersTooLarge;
  const { path } = splitTarget(target);
  if (!path.startsWith('/') || !isDecodable(path)) return messageResponse(400, 'Bad Request');
  const { origin, 'access-control-request-method': requestedMethod } = request.headers;
  const preflight = cors && preflightResponse(cors, { method, origin, requestedMethod });
  if (preflight !== undefined) return preflight;
  const match = matchRoute(method, path, routes);
  if (match === undefined) return messageResponse(404, 'Not Found');
  const body = await readBody(request);
  if (body === undefined) return messageResponse(413, 'Request Entity Too Large');
  const answered = (response: HttpResponse) => {
    onAnswer?.({ routeKey: match.routeKey, target, response });
    return response;
  };
  const requestId = randomUUID();
  const wire = wireRequest(request, body, requestId);
  const isGuarded = isBackendRoute(match.routeKey);
  const verified = isGuarded && iam !== undefined ? await verifySignature(wire, iam) : undefined;
  const signer = verified !== undefined && 'signer' in verified ? verified.signer : undefined;
  if (isGuarded && signer === undefined) {
    if (verified !== undefined && 'refused' in verified)
      onLog?.(refusal(wire, match.routeKey, verified.refused));
    return answered(messageResponse(403, 'Forbidden'));
  }
  const response = await invoke(match.functionName, toEvent(wire, match, signer)).then(
    (answer) => (cors ? withCors(cors, origin, toHttpResponse(answer)) : toHttpResponse(answer)),
    (error: unknown) =>
      error instanceof InvocationTimeoutError
        ? messageResponse(503, 'Service Unavailable')
        : internalServerError,
  );
  return answered({ ...response, headers: { ...response.headers, 'apigw-requestid': requestId } });
}

/** The log record of a refused signature. The caller learns no reason, as at AWS. */
function refusal({ time, requestId }: WireRequest, route: string, reason: string): LogRecord {
  const fields = { event: 'signature_refused', route, reason, requestId };
  return { time: new Date(time).toISOString(), level: 'warn', functionName: 'api-gateway', fields };
}

/** AWS documents the limit but not the response; this is HTTP's status for it (RFC 6585). */
const headersTooLarge = messageResponse(431, 'Request Header Fields Too Large');

/** The size of the request line and the headers, as sent. */
function headBytes({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  const line = `${method} ${url} HTTP/1.1\r\n`;
  // Each name and value is followed by two bytes: a colon and a space, or the end of the line.
  return rawHeaders.reduce((sum, part) => sum + Buffer.byteLength(part, 'latin1') + 2, line.length);
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** @returns undefined if the body exceeds API Gateway's limit */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.body) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function wireRequest(request: IncomingMessage, body: Buffer, requestId: string): WireRequest {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    rawHeaders: request.rawHeaders,
    body,
    sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
    port: request.socket.localPort ?? 0,
    requestId,
    time: Date.now(),
  };
}

function write(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  // The rest of a refused request must not be parsed as the next request on this connection.
  if (!response.req.complete) response.shouldKeepAlive = false;
  response.end(body);
}

function refuseUnreadable(error: Error & { code?: string }, socket: NodeJS.WritableStream): void {
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const { status, body } = tooLarge ? headersTooLarge : messageResponse(400, 'Bad Request');
  const head = `HTTP/1.1 ${status} ${tooLarge ? 'Request Header Fields Too Large' : 'Bad Request'}`;
  if (!socket.writable) return;
  socket.end(
    `${head}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}
