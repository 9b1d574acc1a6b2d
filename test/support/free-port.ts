import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port on 127.0.0.1 that is free at the moment, for an address that must be known before anybody listens there. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('No port was given.');
  return address.port;
}
