/** The people, mailboxes and times of all examples. */

export const origin = 'https://mail.example.com';
export const accountId = '150213319623975729730';
export const account = { id: accountId, email: 'ada@example.com' };
export const owner = 'tenant-1';
export const scopes = [
  'https://www.googleapis.com/auth/gmail.readonly',
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/userinfo.profile',
  'openid',
];
export const connectedAt = '2026-11-22T17:32:48.384Z';
export const soon = '2026-11-22T17:42:48.384Z';
export const requestId = '3f6f3a5e-7d0c-4c8e-9a53-1d2a4f0f6c11';

/** RFC 7636, appendix B: a verifier and its challenge. */
export const codeVerifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
export const codeChallenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

const consentPage = 'https://accounts.google.com/o/oauth2/v2/auth';
export const googleAddress = `${consentPage}?client_id=1234.apps.googleusercontent.com&response_type=code`;

export const messageId = '1a203caafb60012b';
export const threadId = '1a1f995ee3b00124';
export const pageToken = 'WyJybnRDeVFWT01NbnQiLCIwMDE3ODc2NTQ1NzU0NTEi';

export const summary = {
  from: 'Grace Hopper <grace@example.com>',
  subject: 'The latest version',
  internalDate: '1795359944630',
  labelIds: ['INBOX', 'CATEGORY_PERSONAL'],
  snippet: 'Hello, I have attached the latest version.',
};

export const copied = { id: messageId, threadId, ...summary, to: 'ada@example.com', size: 1153 };

export const liveSync = {
  phase: 'live',
  copied: 300,
  about: 300,
  percent: 100,
  failures: 0,
  lastSync: '2026-11-22T17:34:53.238Z',
  nextSync: '2026-11-22T17:36:53.238Z',
} as const;

/** As above, but one message could not be copied. */
export const failingSync = {
  ...liveSync,
  copied: 299,
  failures: 1,
  failed: [
    {
      id: messageId,
      reason: '400 failedPrecondition',
      attempts: 3,
      nextAttempt: '2026-11-22T17:38:53.238Z',
    },
  ],
};

export const backfillSync = {
  phase: 'backfill',
  copied: 8460,
  about: 20_000,
  percent: 42,
  rate: 282,
  timeLeft: 2456,
  failures: 0,
  nextSync: '2026-11-22T18:03:00.000Z',
} as const;

const change = { accountId, generation: 'mE1cYx0hXmJ6l3bR', at: '2026-11-22T17:40:12.004Z' };
const changedMessage = {
  id: messageId,
  threadId,
  labelIds: ['INBOX', 'UNREAD'],
  historyId: '00000000000000004711',
};
const added = {
  ...change,
  sequence: '00001795369212004000',
  type: 'added' as const,
  messages: [changedMessage],
};

export const changes = {
  changes: [
    added,
    {
      ...change,
      sequence: '00001795369212004001',
      type: 'deleted' as const,
      messageIds: ['1a19882c6fb0010a'],
    },
  ],
  cursor: 'Zm9yLWV4YW1wbGUuMDAwMDE3OTUzNjkyMTIwMDQwMDE',
  more: false,
};

/** The first of them, with its message in the stored copy. */
export const changesWithCopied = {
  ...changes,
  changes: [{ ...added, messages: [{ ...changedMessage, copied }] }],
};
