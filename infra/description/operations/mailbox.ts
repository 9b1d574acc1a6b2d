import {
  copiedMessage,
  copiedMessageList,
  disconnected,
  mailboxStatus,
  requestedSync,
} from '../../../lambdas/client/answers.ts';
import { listCopyQuery } from '../../../lambdas/copy/list-copy.ts';
import { googleConnections } from '../../../lambdas/errors.ts';
import { json, type Operation, type Operations, query } from '../operation.ts';
import { ofAccounts, ofChanging, ofSessions } from '../problem-sets.ts';
import {
  account,
  backfillSync,
  connectedAt,
  copied,
  failingSync,
  liveSync,
  messageId,
  origin,
  pageToken,
  scopes,
} from '../samples.ts';

const copy = {
  tag: 'Offline copy',
  description: 'Google is not asked, so it answers also while Google is down or the grant is revoked.',
  query: query(listCopyQuery, {
    ids: {
      words:
        'Only these messages, up to 100 IDs separated by commas, in this order, Spam and Trash included.',
      example: messageId,
    },
    labelId: { words: 'Only messages with the label of this ID; Spam and Trash only so.', example: 'INBOX' },
    after: {
      words: 'From this moment on: a date, ISO 8601, or epoch milliseconds.',
      example: '2026-11-01',
    },
    before: {
      words: 'Up to, and without, this moment: a date, ISO 8601, or epoch milliseconds.',
      example: '2026-12-01T00:00:00Z',
    },
    pageToken: { words: 'Where to go on: the `nextPageToken` of the answer before.' },
    maxResults: { words: 'The most messages of a page.', example: 100 },
  }),
  answers: [
    json(
      200,
      'Newest first. A page may be short or empty and still have a `nextPageToken`.',
      copiedMessageList,
      {
        messages: [copied],
        nextPageToken: pageToken,
      },
      { 'with ids': { messages: [copied], missing: ['1a19882c6fb0010a'] } },
    ),
  ],
} as const satisfies Partial<Operation>;

const copiedOne = {
  tag: 'Offline copy',
  answers: [json(200, 'What the copy holds of it.', copiedMessage, copied)],
} as const satisfies Partial<Operation>;

const requested = {
  answers: [json(202, 'It is done with the next tick.', requestedSync, { status: 'requested' })],
} as const;

const syncing = {
  description: 'The sync starts within a minute; a mailbox that waits for a quota of Gmail waits on.',
} as const;

const ended = {
  description:
    'Revokes the grant at Google, ends every session of it and erases the offline copy. Revocation ends the grants of the account to all clients of the same Google Cloud project.',
  answers: [
    json(
      202,
      'It is done; the copy is erased within minutes.',
      disconnected,
      { status: 'disconnected', revokedAtGoogle: true },
      {
        'Not revoked at Google': {
          status: 'disconnected',
          revokedAtGoogle: false,
          detail:
            'Everything stored here was erased. We couldn’t revoke access at Google. Please remove it there.',
          removeAccessAt: googleConnections,
        },
      },
    ),
  ],
} as const;

const pauseOfVerify =
  'A mailbox is compared on request at most once an hour; until then, `Retry-After` says when.';

const ofSync = ['sync_paused', 'paused_by_operator', 'not_copied', 'grant_revoked'] as const;

/** The routes of the mailbox as a whole, and of its copy. */
export const mailbox: Operations<
  | 'GET /mailbox'
  | 'DELETE /mailbox'
  | 'GET /mailbox/messages'
  | 'GET /mailbox/messages/{id}'
  | 'POST /mailbox/sync'
  | 'POST /mailbox/verify'
  | 'DELETE /accounts/{accountId}'
  | 'GET /accounts/{accountId}/mailbox/messages'
  | 'GET /accounts/{accountId}/mailbox/messages/{id}'
  | 'POST /accounts/{accountId}/sync'
  | 'POST /accounts/{accountId}/verify'
> = {
  'GET /mailbox': {
    id: 'getMailbox',
    summary: 'The mailbox and its sync',
    description:
      'Whose mailbox is connected, how the grant stands, and how far its copy is. All of it is what was last seen: Google is not asked.',
    tag: 'Offline copy',
    answers: [
      json(
        200,
        'How it stands.',
        mailboxStatus,
        { account, status: 'active', scopes, connectedAt, sync: liveSync },
        {
          'being copied': { account, status: 'active', scopes, connectedAt, sync: backfillSync },
          'a failed message': { account, status: 'active', scopes, connectedAt, sync: failingSync },
          'a revoked grant': {
            account,
            status: 'revoked',
            scopes,
            connectedAt,
            sync: { ...liveSync, phase: 'paused', pausedBecause: 'grant_revoked' },
            authorizationUrl: `${origin}/auth/login`,
          },
        },
      ),
    ],
    problems: ofSessions,
  },
  'DELETE /mailbox': {
    ...ended,
    id: 'disconnectMailbox',
    summary: 'Disconnect the mailbox',
    tag: 'Offline copy',
    problems: ofChanging,
  },
  'GET /mailbox/messages': {
    ...copy,
    id: 'listCopy',
    summary: 'List the offline copy',
    problems: [...ofSessions, 'grant_revoked', 'invalid_request'],
  },
  'GET /mailbox/messages/{id}': {
    ...copiedOne,
    id: 'getCopied',
    summary: 'One message of the offline copy',
    description: 'Spam and Trash included. Google is not asked.',
    problems: [...ofSessions, 'grant_revoked', 'invalid_request', 'not_found'],
  },
  'POST /mailbox/sync': {
    ...requested,
    ...syncing,
    id: 'requestSync',
    summary: 'Sync now',
    tag: 'Offline copy',
    problems: [...ofChanging, ...ofSync],
  },
  'POST /mailbox/verify': {
    ...requested,
    id: 'requestVerify',
    summary: 'Compare copy and mailbox now',
    description: `The differences are listed in \`GET /mailbox\` and repaired. ${pauseOfVerify}`,
    tag: 'Offline copy',
    problems: [...ofChanging, ...ofSync, 'rate_limited'],
  },
  'DELETE /accounts/{accountId}': {
    ...ended,
    id: 'disconnectAccount',
    summary: 'Disconnect an account',
    tag: 'Backends',
    problems: ofAccounts,
  },
  'GET /accounts/{accountId}/mailbox/messages': {
    ...copy,
    id: 'listCopyOfAccount',
    summary: 'List the offline copy of an account',
    tag: 'Backends',
    problems: [...ofAccounts, 'grant_revoked', 'login_required'],
  },
  'GET /accounts/{accountId}/mailbox/messages/{id}': {
    ...copiedOne,
    id: 'getCopiedOfAccount',
    summary: 'One message of the offline copy of an account',
    description: 'Spam and Trash included. Google is not asked.',
    tag: 'Backends',
    problems: [...ofAccounts, 'grant_revoked', 'login_required'],
  },
  'POST /accounts/{accountId}/sync': {
    ...requested,
    ...syncing,
    id: 'requestSyncOfAccount',
    summary: 'Sync an account now',
    tag: 'Backends',
    problems: [...ofAccounts, ...ofSync],
  },
  'POST /accounts/{accountId}/verify': {
    ...requested,
    id: 'requestVerifyOfAccount',
    summary: 'Compare an account’s copy and mailbox now',
    description: `The differences are listed in \`GET /accounts/{accountId}\` and repaired. ${pauseOfVerify}`,
    tag: 'Backends',
    problems: [...ofAccounts, ...ofSync, 'rate_limited'],
  },
};
