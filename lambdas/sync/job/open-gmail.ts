import type { MailboxKey } from '../../copied-message.ts';
import { Problem } from '../../errors.ts';
import type { AccessTokens } from '../../grants/access-tokens.ts';
import type { Grant, GrantStore } from '../../grants/grant.ts';
import { openWithToken } from '../../grants/open-with-token.ts';
import { requireUsable } from '../../grants/require-grant.ts';
import type { SyncGmail } from './sync-gmail.ts';

interface OpenGmailDependencies {
  readonly grants: Pick<GrantStore, 'find'>;
  readonly accessTokens: AccessTokens;
  readonly open: (accessToken: string) => SyncGmail;
  readonly clientId: () => Promise<string>;
  /** The configured scopes. */
  readonly scopes: readonly string[];
  /** Stores the address that Gmail returns with the profile. */
  readonly renewAddress: (grant: Grant, email: string) => Promise<void>;
}

/**
 * Opens Gmail for the grant of a mailbox's generation. If Gmail refuses the access token, it is refreshed, once a job.
 * The address in a profile is stored. Calls must be made one after the other.
 *
 * @param beforeRepeat charges a call that is made again, since Google has counted the first one
 * @throws Problem `login_required` if the generation has ended, and as requireUsable and openWithToken; so do the
 *   calls,
 * and getProfile what renewing the address throws
 */
export async function openGmail(
  mailbox: MailboxKey,
  dependencies: OpenGmailDependencies,
  beforeRepeat?: () => Promise<void>,
): Promise<SyncGmail> {
  const { grants, accessTokens, open, clientId, scopes, renewAddress } = dependencies;
  const grant = await grants.find(mailbox.accountId);
  if (grant?.generation !== mailbox.generation) throw new Problem('login_required');
  requireUsable(grant, { clientId: await clientId(), scopes });
  const call = await openWithToken(grant, { accessTokens, open, beforeRepeat });
  return {
    getProfile: async () => {
      const profile = await call((opened) => opened.getProfile());
      await renewAddress(grant, profile.emailAddress);
      return profile;
    },
    listMessages: (query) => call((opened) => opened.listMessages(query)),
    listHistory: (query) => call((opened) => opened.listHistory(query)),
    listLabels: () => call((opened) => opened.listLabels()),
    fetch: (requests) => call((opened) => opened.fetch(requests)),
  };
}
