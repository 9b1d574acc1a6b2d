/**
 * The parts of rows that rights on tables refer to: prefixes and suffixes of keys, and sets of attributes. Each
 * deployed function may access only those of its own task (`infra/cloud/wirings.ts`).
 */

/** Keys of the logins table. */
export const sessionKey = 'session#';
export const pendingConsentKey = 'state#';
export const connectLinkKey = 'link#';
export const handoffKey = 'handoff#';
export const refusedCodeKey = 'refused#';

/** Keys of the changes table: the feeds, the erasures, and the position of the event bus. */
export const accountFeedKey = 'account#';
export const ownerFeedKey = 'owner#';
export const wholeFeedKey = 'all#';
export const erasuresKey = 'erased#';
export const publishedKey = 'published';

/** Keys of the usage table: live calls, days, ticks, and the position of an unfinished sweep. */
export const liveUnitsKey = 'live#';
export const dayKey = 'day#';
export const tickKey = 'tick#';
export const lastTicksKey = 'last-ticks';
export const slowDownKey = 'slow-down';
export const sweepKey = 'sweep';

/** Suffixes of keys in the messages table that hold failed messages and label names, but no mail. */
export const failedMessagesKey = '#failed';
export const copiedLabelsKey = '#labels';

/** What a user may see of a grant: nothing of its tokens. */
export const grantSummary = [
  ...(['accountId', 'generation', 'status', 'email', 'scopes'] as const),
  ...(['connectedAt', 'grantExpiresAt'] as const),
] as const;

/** What backends may see of a grant. */
export const accountAttributes = [...grantSummary, 'owner'] as const;

/** What no index of the grants contains: an index cannot be changed. */
export const grantEnd = ['accountId', 'grantExpiresAt'] as const;

/** Whether a grant is active. */
export const grantStatus = ['accountId', 'status'] as const;

/** What the daily sweep reads of every grant. */
export const sweptGrant = [
  ...(['accountId', 'generation', 'status', 'statusSince'] as const),
  ...(['connectedAt', 'grantExpiresAt', 'announcedExpiry'] as const),
] as const;

/** What is needed to end a grant: no access token. */
export const endingGrant = [
  ...(['accountId', 'generation', 'status', 'statusSince'] as const),
  ...(['owner', 'clientId', 'refreshToken'] as const),
] as const;

/** The owner of an account. */
export const accountSummary = ['accountId', 'generation', 'owner', 'status'] as const;

/** What the daily sweep reads of every mailbox. */
export const sweptMailbox = ['accountId', 'generation', 'phase', 'failed'] as const;

/** Which mailbox it is. */
export const mailboxGeneration = ['accountId', 'generation'] as const;

/** What live calls read of the sync: how much of the minute it uses. */
export const syncUnits = ['accountId', 'generation', 'spends', 'wants'] as const;
