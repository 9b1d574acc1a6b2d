import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** AWS refuses a signature whose time is further than this from its own (milliseconds; Signature Version 4). */
const tolerance = 5 * 60_000;

/** A stand-in for the gate of an AWS service, which looks at the time of signatures. */
export interface StrictGate {
  readonly endpoint: string;
  /** How many calls it refused for their time. */
  refused(): number;
  close(): Promise<void>;
}

/**
 * Lets through to `target` only calls that were signed within five minutes of now, as AWS does; others are told what is
 * wrong.
 */
export async function startStrictGate(target: string): Promise<StrictGate> {
  let refused = 0;
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const signedAt = Date.parse(
      String(request.headers['x-amz-date']).replace(
        /^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\d)Z$/,
        '$1-$2-$3:$4:$5Z',
      ),
    );
    if (!(Math.abs(Date.now() - signedAt) <= tolerance)) {
      refused += 1;
      const answer = { __type: 'RequestTimeTooSkewed', message: 'Signature not yet current, or expired.' };
      response.writeHead(403, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
      return;
    }
    const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
      ['host', 'connection', 'content-length', 'expect'].includes(name) ? [] : [[name, String(value)]],
    );
    const answer = await fetch(target + (request.url ?? '/'), { method: 'POST', headers, body });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    refused: () => refused,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
