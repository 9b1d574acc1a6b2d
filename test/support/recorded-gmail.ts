import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A door before the local Gmail that writes down who came to it with what. */
export interface RecordedGmail {
  /** What a site is to take for Gmail. */
  readonly rootUrl: string;
  /** Method, path and query of every request, as sent. */
  readonly requests: readonly string[];
  /** Opens the door to this Gmail. */
  leadTo(origin: string): void;
  close(): Promise<void>;
}

/** Starts the door on loopback. */
export async function recordGmail(): Promise<RecordedGmail> {
  const requests: string[] = [];
  let target: URL | undefined;
  const server = createServer((asked, answer) => {
    const { method = '', url = '', headers } = asked;
    requests.push(`${method} ${url}`);
    const functionOptions = request(
      {
        host: target?.hostname,
        port: target?.port,
        method,
        path: url,
        headers: { ...headers, host: target?.host },
      },
      (given) => {
        answer.writeHead(given.statusCode ?? 502, given.headers);
        given.pipe(answer);
      },
    );
    functionOptions.on('error', () => answer.destroy());
    asked.pipe(functionOptions);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    rootUrl: `http://127.0.0.1:${port}`,
    requests,
    leadTo: (origin) => {
      target = new URL(origin);
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
