import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartError } from './start-error.ts';

/** How long, in milliseconds, a closing server waits for requests under way. */
const graceMilliseconds = 3000;

/**
 * Listens on one port of both loopback addresses of `localhost`, because browsers choose either. Without IPv6, one
 * suffices.
 *
 * @param port 0 selects any free port
 * @throws StartError if the port is taken on either
 */
export async function listenOnLocalhost(
  newServer: () => Server,
  port: number,
): Promise<{ servers: Server[]; port: number }> {
  const first = await listen(newServer(), port, '127.0.0.1');
  const { port: taken } = first.address() as AddressInfo;
  try {
    const second = await listen(newServer(), taken, '::1');
    return { servers: [first, second], port: taken };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return { servers: [first], port: taken };
    await closeServers([first]);
    if (port === 0) return listenOnLocalhost(newServer, port);
    throw error;
  }
}

/** Closes servers: no new requests, a grace period for those under way, then all connections. */
export async function closeServers(servers: readonly Server[]): Promise<void> {
  const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
  const force = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, graceMilliseconds);
  await Promise.all(closed);
  clearTimeout(force);
}

async function listen(server: Server, port: number, host: string): Promise<Server> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host, ipv6Only: true }, resolve);
    });
    return server;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (port !== 0 && code === 'EADDRINUSE') {
      throw new StartError(`port ${port} is taken; choose another with PORT=…`);
    }
    if (code === 'EACCES') {
      throw new StartError(`port ${port} may not be used by this user; choose one above 1023 with PORT=…`);
    }
    throw error;
  }
}
