import { Problem } from '../errors.ts';
import type { PendingConsent } from './pending-consent.ts';

/** An invitation to connect a mailbox for an owner. */
export interface ConnectLink {
  /** The SHA-256 of the link's secret; the secret itself exists only in the link. */
  readonly linkId: string;
  readonly owner: string;
  /** The name of the inviting party, shown to the invited user. */
  readonly requester: string;
  readonly accountId?: string | undefined;
  /** Only a Google account with this verified address is admitted. */
  readonly email?: string | undefined;
  /** Where the completed consent returns to: a path of this site, or a URL under the allowed return origins. */
  readonly returnTo: string;
  /** The SHA-256 of the login cookie of the browser that pressed the button first; other browsers are refused. */
  readonly browserHash?: string | undefined;
  /** Epoch milliseconds, on a whole second. */
  readonly expiresAt: number;
}

export interface ConnectLinkStore {
  put(link: ConnectLink): Promise<void>;
  /** The link as stored, expired or not; undefined if it is used up. */
  find(linkId: string): Promise<ConnectLink | undefined>;
  /** Binds the link to a browser; undefined if it is bound to another, has expired or is used up. */
  bind(linkId: string, browserHash: string, now: number): Promise<ConnectLink | undefined>;
  /** Uses up a link that is bound to this browser and has not expired. Of two concurrent calls exactly one gets it. */
  use(linkId: string, browserHash: string, now: number): Promise<ConnectLink | undefined>;
}

/** The link does not exist, has ended or belongs to another browser; the caller does not learn which. */
export function invalidLink(): Problem {
  return new Problem('invalid_link');
}

export interface LinkUse {
  readonly links: Pick<ConnectLinkStore, 'use' | 'put'>;
  readonly clock?: () => number;
}

/**
 * Stores the result of a consent and uses up its connect link, if it has one. `store` calls `claim` right before it
 * writes. If nothing is stored in the end, the link is restored for the browser that it is bound to.
 *
 * @param store returns undefined if nothing was stored
 * @throws Problem `invalid_link` if the link is used up or has expired, and what `store` throws.
 */
export async function storeThroughLink<Stored extends object>(
  { invitation, binding }: Pick<PendingConsent, 'invitation' | 'binding'>,
  { links, clock = Date.now }: LinkUse,
  store: (claim: () => Promise<void>) => Promise<Stored | undefined>,
): Promise<Stored | undefined> {
  const used: ConnectLink[] = [];
  const claim = async () => {
    if (invitation?.linkId === undefined) return;
    const link =
      'browserHash' in binding ? await links.use(invitation.linkId, binding.browserHash, clock()) : undefined;
    if (link === undefined) throw invalidLink();
    used.push(link);
  };
  let stored: Stored | undefined;
  try {
    stored = await store(claim);
  } catch (error) {
    for (const link of used) await restore(link, links, error);
    throw error;
  }
  // The grant that was to be kept may have ended after the link was used.
  if (stored === undefined) for (const link of used) await restore(link, links);
  return stored;
}

async function restore(link: ConnectLink, links: LinkUse['links'], error?: unknown): Promise<void> {
  try {
    await links.put(link);
  } catch (lost) {
    throw new Problem(error instanceof Problem ? error.code : 'internal_error', {
      detail: 'Nothing was stored, and the link can no longer be used. Ask for a new one.',
      cause: new AggregateError([error, lost], 'The connect link could not be restored.'),
    });
  }
}
