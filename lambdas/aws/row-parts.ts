/**
 * The parts of rows by which rights on tables are given: how keys begin or end, and which attributes are read. Each
 * deployed function may touch those of its own task alone (`infra/cloud/wirings.ts`).
 */

/** In the table of logins. */
export const sessionKey = 'session#';
export const pendingConsentKey = 'state#';
export const connectLinkKey = 'link#';
export const handoffKey = 'handoff#';
export const refusedCodeKey = 'refused#';

/** In the table of changes: the feeds, what was erased, and how far the bus was told. */
export const accountFeedKey = 'account#';
export const ownerFeedKey = 'owner#';
export const wholeFeedKey = 'all#';
export const erasuresKey = 'erased#';
export const publishedKey = 'published';

/** In the table of usage: of live calls, of days, of ticks, and where an unfinished sweep goes on. */
export const liveUnitsKey = 'live#';
export const dayKey = 'day#';
export const tickKey = 'tick#';
export const lastTicksKey = 'last-ticks';
export const slowDownKey = 'slow-down';
export const sweepKey = 'sweep';

/** How the keys of the table of messages end under which failed messages and the names of labels are, and no mail. */
export const failedMessagesKey = '#failed';
export const copiedLabelsKey = '#labels';

/** What a person may see of a grant: nothing of its tokens. */
export const grantSummary = [
  ...(['accountId', 'generation', 'status', 'email', 'scopes'] as const),
  ...(['connectedAt', 'grantExpiresAt'] as const),
] as const;

/** What it takes to end a grant: no access token. */
export const endingGrant = [
  ...(['accountId', 'generation', 'status', 'statusSince'] as const),
  ...(['owner', 'clientId', 'refreshToken'] as const),
] as const;

/** What tells whose account one is. */
export const accountSummary = ['accountId', 'generation', 'owner', 'status'] as const;

/** What the nightly sweep reads of every mailbox. */
export const sweptMailbox = ['accountId', 'generation', 'phase', 'failed'] as const;
