import { createMailboxOpener } from '../../../lambdas/google/gmail.ts';
import { createSyncGmailOpener } from '../../../lambdas/google/sync-gmail.ts';
import { createTransport, type Transport } from '../../../lambdas/google/transport.ts';
import type { FetchRequest, SyncGmail } from '../../../lambdas/sync/job/sync-gmail.ts';
import { admin, connect, google, type Json, list } from '../../infra/local/google/support.ts';

/** The moment that scripted answers are read at. */
export const now = Date.UTC(2026, 10, 22, 12);

/** A transport over which every answer is the same, whatever is asked. */
export function answering(
  body: string | Uint8Array<ArrayBuffer>,
  init: ResponseInit = {},
): Transport & { calls: number } {
  const transport = Object.assign(createTransport(), { calls: 0 });
  transport.defaults.fetchImplementation = async () => {
    transport.calls += 1;
    return new Response(body, init);
  };
  return transport;
}

/** A transport over which each call fails in this way. */
export function failing(error: Error): Transport & { calls: number } {
  const transport = Object.assign(createTransport(), { calls: 0 });
  transport.defaults.fetchImplementation = async () => {
    transport.calls += 1;
    throw error;
  };
  return transport;
}

/** Gmail over such a transport. */
export function openOver(transport: Transport): SyncGmail {
  const rootUrl = 'https://gmail.example.com/';
  return createSyncGmailOpener({ rootUrl, transport, clock: () => now })('an access token');
}

/** Gmail that answers JSON. */
export function openJson(body: unknown, init: ResponseInit = {}): SyncGmail {
  const headers = { 'content-type': 'application/json; charset=utf-8', ...init.headers };
  return openOver(answering(JSON.stringify(body), { ...init, headers }));
}

/** An error of Gmail's, as its body says it. */
export function gmailError(code: number, reason: string, message = 'It failed.') {
  return { error: { code, message, errors: [{ message, domain: 'global', reason }] } };
}

/** A mailbox at a local Google, and Gmail opened on it. */
export async function openLocal(options: Parameters<typeof google>[0] = {}) {
  const { origin } = await google(options);
  const { accessToken } = await connect(origin);
  const rootUrl = `${origin}/`;
  const transport = createTransport();
  const gmail = createSyncGmailOpener({ rootUrl, transport })(accessToken);
  const account = 'accounts/ada@example.com';
  return {
    origin,
    gmail,
    mailbox: createMailboxOpener({ rootUrl, transport })(accessToken),
    transport,
    truth: async () => list((await admin(origin, 'GET', `${account}/messages`)).body['messages']),
    change: async (method: string, path: string, body?: unknown) =>
      (await admin(origin, method, `${account}/${path}`, body)).body,
    units: async () => Number((await admin(origin, 'GET', 'usage')).body['units']),
    forgetUsage: () => admin(origin, 'DELETE', 'usage'),
  };
}

/** Asks for each of these messages. */
export function messagesOf(truth: readonly Json[]): FetchRequest[] {
  return truth.map(({ id }) => ({ kind: 'message', id: String(id) }));
}
