import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createSignedFetch } from '../integrations/signed-fetch.ts';

/** What a command line asks for. */
interface Asked {
  method: string;
  address: string;
  readonly headers: Headers;
  body?: string;
  /** `aws:amz:<region>:<service>` and `<key>:<secret>`. */
  signing?: string;
  user?: string;
}

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
  const asked = readWords(await wordsOf(line, variables));
  const { method, headers, body, signing } = asked;
  const address = rewrite(asked.address);
  if (signing !== undefined) return sendSigned(address, asked, signing);
  return fetch(address, { redirect: 'manual', method, headers, ...(body !== undefined && { body }) });
}

/** The method and the path that a command line asks for, the shell's variables undone. */
export async function targetOf(line: string, variables: Readonly<Record<string, string>>) {
  const { method, address } = readWords(await wordsOf(line, variables));
  return { method, path: new URL(address).pathname };
}

async function wordsOf(line: string, variables: Readonly<Record<string, string>>): Promise<string[]> {
  const script = `set -eu\ncurl() { printf '%s\\0' "$@"; }\n${line}`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { env: { ...variables } });
  return stdout.split('\0').slice(0, -1);
}

function readWords(words: string[]): Asked {
  const asked: Asked = { method: 'GET', address: '', headers: new Headers({ accept: '*/*' }) };
  const setUsual = (name: string, value: string) => {
    if (!asked.headers.has(name)) asked.headers.set(name, value);
  };
  const send = (body: string, type: string) => {
    asked.method = 'POST';
    asked.body = body;
    setUsual('content-type', type);
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const value = () => words.shift() ?? '';
    if (word === '-X') asked.method = value();
    else if (word === '-H') asked.headers.set(...splitHeader(value()));
    else if (word === '-d') send(value(), 'application/x-www-form-urlencoded');
    else if (word === '--json') send(value(), 'application/json');
    else if (word === '--aws-sigv4') asked.signing = value();
    else if (word === '--user') asked.user = value();
    else if (!word.startsWith('-')) asked.address = word;
    else if (word !== '-i') throw new Error(`The option ${word} is not known.`);
  }
  if (asked.address === '') throw new Error('The line has no address.');
  return asked;
}

function sendSigned(address: string, { method, body, user = '' }: Asked, signing: string): Promise<Response> {
  const [provider, , region = '', service] = signing.split(':');
  if (provider !== 'aws' || service !== 'execute-api') throw new Error(`That is no signature: ${signing}.`);
  const [accessKeyId = '', secretAccessKey = ''] = user.split(':');
  const { origin, pathname, searchParams } = new URL(address);
  const signedFetch = createSignedFetch(origin, { region, credentials: { accessKeyId, secretAccessKey } });
  return signedFetch(method, pathname, {
    query: Object.fromEntries(searchParams),
    ...(body !== undefined && { body: JSON.parse(body) as object }),
  });
}

function splitHeader(header: string): [string, string] {
  const [, name = '', value = ''] = /^([^:]+): *(.*)$/.exec(header) ?? [];
  return [name, value];
}
