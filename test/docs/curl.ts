import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * Does what a `curl` command line asks, with no need of curl: a shell reads the line, so that its quotes and variables
 * count, and fetch sends the request. Redirects are not followed.
 *
 * @param rewrite turns the address on the line into the one to ask
 * @throws Error for an option that is not known here
 */
export async function curl(
  line: string,
  variables: Readonly<Record<string, string>>,
  rewrite: (address: string) => string,
): Promise<Response> {
  const script = `set -eu\ncurl() { printf '%s\\0' "$@"; }\n${line}`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { env: { ...variables } });
  const words = stdout.split('\0').slice(0, -1);
  const headers = new Headers({ accept: '*/*' });
  const request: RequestInit = { redirect: 'manual', headers };
  let address: string | undefined;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-X') request.method = words.shift() ?? '';
    else if (word === '-H') headers.set(...splitHeader(words.shift() ?? ''));
    else if (word === '-d') request.body = words.shift() ?? '';
    else if (word.startsWith('-')) {
      if (word !== '-i') throw new Error(`The option ${word} is not known.`);
    } else address = word;
  }
  if (address === undefined) throw new Error(`No address is in "${line}".`);
  return fetch(rewrite(address), request);
}

function splitHeader(header: string): [string, string] {
  const [, name = '', value = ''] = /^([^:]+): *(.*)$/.exec(header) ?? [];
  return [name, value];
}
