import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type LocalGoogle,
  type LocalGoogleOptions,
  startLocalGoogle,
} from '../../../../infra/local/google/google.ts';
import { Browser, type Choice, type Page } from './browser.ts';

export const readonlyScope = 'https://www.googleapis.com/auth/gmail.readonly';
export const metadataScope = 'https://www.googleapis.com/auth/gmail.metadata';
export const labelsScope = 'https://www.googleapis.com/auth/gmail.labels';

export const client = {
  clientId: 'local.apps.googleusercontent.com',
  clientSecret: 'GOCSPX-local',
  redirectUris: ['http://localhost:3000/auth/callback'],
} as const;

const redirectUri = client.redirectUris[0];

/** An answer as the tests look at it. */
export interface Reply {
  readonly status: number;
  readonly body: Json;
  readonly headers: Headers;
}

/** JSON that a test reads without knowing its type: a missing field is undefined, and an assertion then fails. */
export interface Json {
  readonly [name: string]: Json;
}

/** Makes a folder that is gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'local-google-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a local Google for one test. */
export async function google(options: Partial<LocalGoogleOptions> = {}): Promise<LocalGoogle> {
  const dataFolder = options.dataFolder ?? (await temporaryFolder());
  const started = await startLocalGoogle({ port: 0, client, demoMessages: 20, ...options, dataFolder });
  onTestFinished(() => started.close().catch(() => undefined));
  return started;
}

/** Returns an authorization URL; parameters set to '' are left out. */
export function authorizationUrl(origin: string, parameters: Record<string, string> = {}): string {
  const all = {
    client_id: client.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: `openid email profile ${readonlyScope}`,
    access_type: 'offline',
    prompt: 'consent',
    state: 'the state',
    ...parameters,
  };
  const url = new URL('/o/oauth2/v2/auth', origin);
  for (const [name, value] of Object.entries(all)) if (value !== '') url.searchParams.set(name, value);
  return url.href;
}

/** Goes through the pages until the browser is sent back to the application; returns the address it is sent to. */
export async function consent(
  origin: string,
  parameters: Record<string, string> = {},
  choice: Choice = {},
): Promise<URL> {
  const browser = new Browser();
  let page: Page = await browser.open(
    authorizationUrl(origin, { login_hint: 'ada@example.com', ...parameters }),
  );
  for (let pages = 0; page.status !== 0; pages += 1) {
    if (page.status !== 200 || pages > 3)
      throw new Error(`The pages lead nowhere: ${page.status} ${page.html}`);
    page = await browser.submit(
      page,
      page.html.includes('type="radio"') ? { ...choice, press: 'choose' } : choice,
    );
  }
  return new URL(page.url);
}

/** Exchanges a code, or refreshes, as the application's client. */
export async function tokenRequest(origin: string, parameters: Record<string, string>): Promise<Reply> {
  const form = { client_id: client.clientId, client_secret: client.clientSecret, ...parameters };
  return reply(await fetch(`${origin}/token`, { method: 'POST', body: new URLSearchParams(form) }));
}

/** Exchanges the code of a callback address. */
export async function exchange(
  origin: string,
  callback: URL,
  extra: Record<string, string> = {},
): Promise<Reply> {
  const code = callback.searchParams.get('code') ?? '';
  return tokenRequest(origin, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    ...extra,
  });
}

/** Uses a refresh token. */
export async function refresh(origin: string, refreshToken: string): Promise<Reply> {
  return tokenRequest(origin, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

/** The tokens of a consent. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly claims: Json;
  readonly scope: string;
}

/** Consents and exchanges the code. */
export async function connect(
  origin: string,
  parameters: Record<string, string> = {},
  choice: Choice = {},
): Promise<Tokens> {
  const { status, body } = await exchange(origin, await consent(origin, parameters, choice));
  if (status !== 200) throw new Error(`No tokens: ${JSON.stringify(body)}`);
  const [, payload = ''] = String(body['id_token'] ?? '').split('.');
  return {
    accessToken: String(body['access_token']),
    refreshToken: String(body['refresh_token'] ?? ''),
    claims: JSON.parse(Buffer.from(payload, 'base64url').toString() || '{}'),
    scope: String(body['scope']),
  };
}

/** Calls Gmail. */
export async function gmail(
  origin: string,
  { accessToken }: Pick<Tokens, 'accessToken'>,
  path: string,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const authorization = `Bearer ${accessToken}`;
  return reply(
    await fetch(`${origin}/gmail/v1/users/me/${path}`, { headers: { authorization, ...headers } }),
  );
}

/** Calls an admin route. */
export async function admin(origin: string, method: string, path: string, body?: unknown): Promise<Reply> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  return reply(await fetch(`${origin}/admin/${path}`, { method, ...init }));
}

/** Sets a fault. */
export async function fault(
  origin: string,
  on: string,
  effect: Record<string, unknown>,
  rest: Record<string, unknown> = {},
): Promise<void> {
  // biome-ignore lint/suspicious/noThenProperty: a word of the admin routes, never awaited
  const { status } = await admin(origin, 'POST', 'faults', { on, then: effect, ...rest });
  if (status !== 201) throw new Error(`The fault was not set: ${status}`);
}

/** A PKCE verifier and its challenge. */
export function pkce() {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Returns the elements of a JSON list, none when it is absent. */
export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/** Returns the reason that Google gives for an error. */
export function reason({ body }: Reply): string {
  return String(list(body['error']?.['errors'])[0]?.['reason']);
}

/** Reads a JSON answer. */
export async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
}
