import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { decodeText } from '../../lambdas/text.ts';
import { StartError } from './start-error.ts';

const text = v.pipe(v.string(), v.nonEmpty());

const fileSchema = v.object({
  web: v.object({
    client_id: text,
    client_secret: text,
    redirect_uris: v.optional(v.array(v.string()), []),
  }),
});

/** A Google OAuth client, as described by a downloaded `client_secret.json`. */
export interface ClientSecret {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  /** The file’s text. */
  readonly text: string;
}

/**
 * Reads a downloaded client secret file.
 *
 * @throws StartError if it cannot be read or describes no web client; the message does not quote it
 */
export function readClientSecret(path: string): ClientSecret {
  const client = parse(readText(path));
  if (client !== undefined) return client;
  throw new StartError(
    `${path} is not the client secret file of a client of type “Web application”; download it from Google’s console again`,
  );
}

/**
 * Reads the local Google's client from the file, or generates one and stores it there.
 *
 * @throws StartError if the file is damaged
 */
export function localClientSecret(path: string): ClientSecret {
  if (!existsSync(path)) {
    writeLocalClientSecret(path, {
      clientId: `${randomInt(1e11, 2e11)}-${randomBytes(16).toString('hex')}.apps.googleusercontent.com`,
      clientSecret: `GOCSPX-${randomBytes(21).toString('base64url')}`,
      redirectUris: [],
    });
  }
  const client = parse(readText(path));
  if (client !== undefined) return client;
  throw new StartError(`the data folder is damaged: ${path} is no client secret file; move or delete it`);
}

/** Writes the local Google's client in the form of a downloaded file, readable only by its owner. */
export function writeLocalClientSecret(
  path: string,
  client: Pick<ClientSecret, 'clientId' | 'clientSecret' | 'redirectUris'>,
  endpoints?: { readonly authorization: string; readonly token: string },
): ClientSecret {
  const web = {
    client_id: client.clientId,
    project_id: 'local',
    auth_uri: endpoints?.authorization,
    token_uri: endpoints?.token,
    client_secret: client.clientSecret,
    redirect_uris: client.redirectUris,
  };
  const content = `${JSON.stringify({ web }, null, 2)}\n`;
  writeFileSync(path, content, { mode: 0o600 });
  return { ...client, text: content };
}

function parse(content: string): ClientSecret | undefined {
  const parsed = v.safeParse(fileSchema, parseJson(content));
  if (!parsed.success) return undefined;
  const { client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris } = parsed.output.web;
  return { clientId, clientSecret, redirectUris, text: content };
}

function readText(path: string): string {
  try {
    return decodeText(readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      code === 'ENOENT' ? `${path} does not exist` : `${path} cannot be read (${code ?? String(error)})`,
    );
  }
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
