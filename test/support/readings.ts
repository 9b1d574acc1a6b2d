import type { Site } from './site.ts';
import type { Owned } from './two-owners.ts';
import { sendWire, signerOf, type WireAnswer } from './wire.ts';

/** A list or feed as its caller asks for it, and by which parameter it goes on. */
export interface Reading {
  readonly path: string;
  readonly goesOnBy: 'after' | 'pageToken';
  /** The owner that a backend stays within. */
  readonly owner?: string;
  /** Undefined: signed by a backend. */
  readonly session?: string;
}

/** The owner's own, by a session or by a backend, as a feed or as a list. */
const feed = (path: string, whose: Pick<Reading, 'owner' | 'session'> = {}): Reading => ({
  ...{ path, goesOnBy: 'after' as const },
  ...whose,
});
const list = (path: string, whose: Pick<Reading, 'owner' | 'session'>): Reading => ({
  ...{ path, goesOnBy: 'pageToken' as const },
  ...whose,
});

/** Everything that goes on page by page, for an owner. */
export const readings: Readonly<Record<string, (owned: Owned) => Reading>> = {
  'a session’s feed': ({ session }) => feed('/mailbox/changes', { session }),
  'an account’s feed': ({ accountId }) => feed(`/accounts/${accountId}/changes`),
  'its feed within the owner': ({ accountId, owner }) => feed(`/accounts/${accountId}/changes`, { owner }),
  'an owner’s feed': ({ owner }) => feed('/changes', { owner }),
  'a session’s copy': ({ session }) => list('/mailbox/messages', { session }),
  'an account’s copy': ({ accountId, owner }) => list(`/accounts/${accountId}/mailbox/messages`, { owner }),
  'a session’s live list': ({ session }) => list('/messages', { session }),
  'an account’s live list': ({ accountId, owner }) => list(`/accounts/${accountId}/messages`, { owner }),
  'an owner’s accounts': ({ owner }) => list('/accounts', { owner }),
};

/** Of the whole stage, where a backend names no owner. */
export const ofStage: readonly Reading[] = [
  { path: '/changes', goesOnBy: 'after' },
  { path: '/accounts', goesOnBy: 'pageToken' },
];

/** Reads them page by page, one of a page, so that there is something to go on from. */
export function readerOf(site: Site) {
  return async ({ path, owner, goesOnBy, session }: Reading, token?: string): Promise<WireAnswer> => {
    const asked = {
      maxResults: '1',
      ...(owner !== undefined && { owner }),
      ...(token !== undefined && { [goesOnBy]: token }),
    };
    const { target, headers } = await signerOf(site).sign({ path, query: asked });
    if (session === undefined) return sendWire(site, { target, headers });
    return sendWire(site, { target, headers: [['authorization', `Bearer ${session}`]] });
  };
}
