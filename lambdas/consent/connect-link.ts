import { Problem } from '../errors.ts';
import type { PendingConsent } from './pending-consent.ts';

/** An invitation to connect a mailbox for an owner. */
export interface ConnectLink {
  /** The SHA-256 of the link's secret; the secret itself stands only in the link. */
  readonly linkId: string;
  readonly owner: string;
  /** Who asks, in words for the person who opens it. */
  readonly requester: string;
  /** Only this Google account is welcome. */
  readonly accountId?: string | undefined;
  /** Only a Google account with this verified address is welcome. */
  readonly email?: string | undefined;
  /** Where the finished consent leads: a path of this site, or an address under the allowed return origins. */
  readonly returnTo: string;
  /** The SHA-256 of the login cookie of the browser that pressed its button first; others are refused. */
  readonly browserHash?: string | undefined;
  /** Epoch milliseconds, on a whole second. */
  readonly expiresAt: number;
}

/** Where connect links are kept. */
export interface ConnectLinkStore {
  put(link: ConnectLink): Promise<void>;
  /** The link as it stands, expired or not; undefined when it is used up. */
  find(linkId: string): Promise<ConnectLink | undefined>;
  /** Binds the link to a browser; undefined when it is bound to another, has expired or is used up. */
  bind(linkId: string, browserHash: string, now: number): Promise<ConnectLink | undefined>;
  /**
   * Uses up a link that is bound to this browser and has not expired: of two calls at the same moment exactly one
   * gets it.
   */
  use(linkId: string, browserHash: string, now: number): Promise<ConnectLink | undefined>;
}

/** There is no such link, or no more, or not for this browser: nobody needs to know which. */
export function invalidLink(): Problem {
  return new Problem('invalid_link');
}

/** The links of consents that are being completed. */
export interface LinkUse {
  readonly links: Pick<ConnectLinkStore, 'use' | 'put'>;
  readonly clock?: () => number;
}

/**
 * Stores what a consent brought and uses up the link through which it came, if there is one: `store` calls `claim` right
 * before it writes. A link through which nothing was stored in the end is put back, for the browser it is bound to.
 *
 * @param store gives undefined when nothing was stored
 * @throws Problem `invalid_link` when the link is used up or has expired, and what `store` throws.
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
    for (const link of used) await putBack(link, links, error);
    throw error;
  }
  // A grant that was to go on may have ended after the link was used.
  if (stored === undefined) for (const link of used) await putBack(link, links);
  return stored;
}

async function putBack(link: ConnectLink, links: LinkUse['links'], error?: unknown): Promise<void> {
  try {
    await links.put(link);
  } catch (lost) {
    throw new Problem(error instanceof Problem ? error.code : 'internal_error', {
      detail: 'Nothing was stored, and the link can no longer be used. Ask for a new one.',
      cause: new AggregateError([error, lost], 'The grant could not be stored, nor the link be put back.'),
    });
  }
}
