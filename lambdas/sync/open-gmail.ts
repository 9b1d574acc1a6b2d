import type { MailboxKey } from '../copied-message.ts';
import { AccessTokenRefused, Problem } from '../errors.ts';
import type { AccessTokens } from '../grants/access-tokens.ts';
import type { Grant, GrantStore } from '../grants/grant.ts';
import { requireGrant } from '../grants/require-grant.ts';
import type { SyncGmail } from './sync-gmail.ts';

export interface OpenGmailDependencies {
  readonly grants: Pick<GrantStore, 'find'>;
  readonly accessTokens: AccessTokens;
  readonly open: (accessToken: string) => SyncGmail;
  readonly clientId: () => Promise<string>;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
}

/**
 * Opens Gmail for the grant of a mailbox's generation. When Gmail refuses the access token it is replaced, once a
 * job; when it refuses the fresh one too, the grant is dead and is marked so. Calls must come one after the other.
 *
 * @throws Problem as requireGrant and AccessTokens; the calls also throw Problem `grant_revoked`
 */
export async function openGmail(
  mailbox: MailboxKey,
  dependencies: OpenGmailDependencies,
): Promise<SyncGmail> {
  const { grants, accessTokens, open, clientId, scopes } = dependencies;
  const grant = await requireGrant(mailbox, { clientId: await clientId(), scopes }, grants);
  let accessToken = await accessTokens.get(grant);
  let gmail = open(accessToken);
  let replaced = false;

  async function call<Answer>(ask: (gmail: SyncGmail) => Promise<Answer>): Promise<Answer> {
    try {
      return await ask(gmail);
    } catch (error) {
      if (!(error instanceof AccessTokenRefused)) throw error;
      if (replaced) return giveUp(grant, error);
    }
    replaced = true;
    accessToken = await accessTokens.replace(grant, accessToken);
    gmail = open(accessToken);
    return call(ask);
  }

  async function giveUp(dead: Grant, cause: AccessTokenRefused): Promise<never> {
    await accessTokens.markRevoked(dead);
    throw new Problem('grant_revoked', { cause });
  }

  return {
    getProfile: () => call((opened) => opened.getProfile()),
    listMessages: (query) => call((opened) => opened.listMessages(query)),
    listHistory: (query) => call((opened) => opened.listHistory(query)),
    listLabels: () => call((opened) => opened.listLabels()),
    fetch: (requests) => call((opened) => opened.fetch(requests)),
  };
}
