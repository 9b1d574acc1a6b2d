import type { GoogleTarget } from './targets.ts';

/** An answer as the contract looks at it. */
export interface GoogleAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** JSON that is read without knowing its type: what is missing is undefined, and an assertion then fails. */
export interface Json {
  readonly [name: string]: Json;
}

/** An answer of the token endpoint. Its body says `a token` for each token, so that no failed assertion prints one. */
export interface TokenAnswer extends GoogleAnswer {
  token(name: string): string;
}

/** Returns the elements of a JSON list, none when it is absent. */
export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** Reads a JSON answer. */
export async function read(response: Response): Promise<GoogleAnswer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text || '{}') };
}

/** Posts a form. */
export async function post(
  address: string,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<GoogleAnswer> {
  return read(await fetch(address, { method: 'POST', body: new URLSearchParams(form), headers }));
}

/** Asks the token endpoint as the target's client; what is given wins over the client's own. */
export async function askForTokens(
  { addresses, client }: GoogleTarget,
  form: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const own = { client_id: client.clientId, client_secret: client.clientSecret };
  const answer = await post(addresses.tokenEndpoint, { ...own, ...form }, headers);
  return {
    ...answer,
    body: JSON.parse(JSON.stringify(answer.body, (name, value) => (isToken(name) ? 'a token' : value))),
    token: (name) => String(answer.body[name] ?? ''),
  };
}

function isToken(name: string): boolean {
  return ['access_token', 'refresh_token', 'id_token'].includes(name);
}

/** Asks Gmail for something of the token's own mailbox. */
export async function askGmail(
  { addresses }: GoogleTarget,
  accessToken: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<GoogleAnswer> {
  const authorization = `Bearer ${accessToken}`;
  return read(
    await fetch(`${addresses.gmailRootUrl}gmail/v1/users/me/${path}`, {
      headers: { ...headers, authorization },
    }),
  );
}

/** One part of a batch's answer. */
export interface BatchPart {
  readonly status: number;
  readonly body: Json;
}

/** Asks Gmail for several things of the token's own mailbox at once; the parts by the Content-ID of their answers. */
export async function askInBatch(
  { addresses }: GoogleTarget,
  accessToken: string,
  paths: Readonly<Record<string, string>>,
): Promise<{ status: number; parts: Record<string, BatchPart> }> {
  const calls = Object.entries(paths).map(
    ([contentId, path]) =>
      `--outer\r\nContent-Type: application/http\r\nContent-ID: <${contentId}>\r\n\r\nGET /gmail/v1/users/me/${path}\r\n\r\n`,
  );
  const response = await fetch(`${addresses.gmailRootUrl}batch/gmail/v1`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${accessToken}`,
      'content-type': 'multipart/mixed; boundary=outer',
    },
    body: `${calls.join('')}--outer--\r\n`,
  });
  const [, boundary = ''] = /boundary="?([^";]+)/.exec(response.headers.get('content-type') ?? '') ?? [];
  const pieces = (await response.text()).split(`--${boundary}`).slice(1, -1);
  return { status: response.status, parts: Object.fromEntries(pieces.map(readPart)) };
}

function readPart(piece: string): [contentId: string, part: BatchPart] {
  const [head = '', inner = '', ...body] = piece.split('\r\n\r\n');
  const [, contentId = ''] = /^Content-ID: (.*)$/im.exec(head) ?? [];
  const [, status = ''] = /^HTTP\/1\.1 (\d{3})/.exec(inner) ?? [];
  return [contentId.trim(), { status: Number(status), body: JSON.parse(body.join('\r\n\r\n')) }];
}
