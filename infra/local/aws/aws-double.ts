import { type IncomingMessage, type RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type AwsCall, type AwsService, actionOf, functionNameOf } from './aws-call.ts';
import { applyFault, type Fault, Faults, fail, isDone } from './faults.ts';

/** A running double of one AWS service. */
export interface AwsDouble {
  /** Its loopback URL, for `AWS_ENDPOINT_URL_<SERVICE>`. */
  readonly endpoint: string;
  /** Makes the next calls of one operation fail. */
  failNext(fault: Fault): void;
  /** Makes its port refuse connections, including open ones, or accept them again. */
  refuse(refusing: boolean): Promise<void>;
  /** Stops it, including calls under way; idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a service's server on any free loopback port. Each request is read completely and passed to `onCall`. It waits
 * for the promise that `onCall` may return, fails if a fault is due, and is only then served. So the service never sees
 * an incomplete request.
 *
 * @param faults in which the service itself looks up the errors of batch entries
 */
export async function startAwsDouble(
  server: Server,
  service: AwsService,
  onCall: ((call: AwsCall) => void) | undefined,
  faults = new Faults(),
): Promise<AwsDouble> {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    const action = actionOf(request.headers);
    const pause: unknown = onCall?.({
      service,
      action,
      functionName: functionNameOf(request.headers),
      input: parseInput(body),
    });
    if (pause instanceof Promise) await pause;
    const failure = faults.next(action);
    if (failure !== undefined && !isDone(failure)) {
      fail(failure, response);
      return;
    }
    if (failure !== undefined) applyFault(failure, response);
    for (const serve of listeners) serve(replay(request, body), response);
  });
  const listen = (onPort: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(onPort, '127.0.0.1', resolve);
    });
  const stop = async (close = server.close) => {
    if (!server.listening) return;
    await new Promise<void>((resolve, reject) => {
      close.call(server, (error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    });
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    failNext: (fault) => faults.inject(fault),
    // Its own `close` would close dynalite's database for good.
    refuse: (refusing) => (refusing ? stop(Server.prototype.close) : listen(port)),
    close: () => stop(),
  };
}

function replay({ method, url, headers }: IncomingMessage, body: Buffer): IncomingMessage {
  return Object.assign(Readable.from([body]), { method, url, headers }) as IncomingMessage;
}

function parseInput(body: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return {};
  }
}
