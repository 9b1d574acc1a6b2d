import {
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
  origin,
  pageToken,
  scopes,
} from '../samples.ts';

const copy = {
  tag: 'Offline copy',
  query: query(listCopyQuery, {
    labelId: { words: 'Only messages with this label; Spam and Trash only so.', example: 'INBOX' },
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
    ),
  ],
} as const satisfies Partial<Operation>;

const requested = {
  answers: [json(202, 'It is done with the next tick.', requestedSync, { status: 'requested' })],
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

const ofSync = ['sync_paused', 'paused_by_operator', 'not_copied', 'grant_revoked'] as const;

/** The routes of the mailbox as a whole, and of its copy. */
export const mailbox: Operations<
  | 'GET /mailbox'
  | 'DELETE /mailbox'
  | 'GET /mailbox/messages'
  | 'POST /mailbox/sync'
  | 'POST /mailbox/verify'
  | 'DELETE /accounts/{accountId}'
  | 'GET /accounts/{accountId}/mailbox/messages'
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
    description: 'Google is not asked, so it answers also while Google is down or the grant is revoked.',
    problems: [...ofSessions, 'grant_revoked', 'invalid_request'],
  },
  'POST /mailbox/sync': {
    ...requested,
    id: 'requestSync',
    summary: 'Sync now',
    tag: 'Offline copy',
    problems: [...ofChanging, ...ofSync],
  },
  'POST /mailbox/verify': {
    ...requested,
    id: 'requestVerify',
    summary: 'Compare copy and mailbox now',
    description: 'What differs is named in `GET /mailbox`, and mended.',
    tag: 'Offline copy',
    problems: [...ofChanging, ...ofSync],
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
  'POST /accounts/{accountId}/sync': {
    ...requested,
    id: 'requestSyncOfAccount',
    summary: 'Sync an account now',
    tag: 'Backends',
    problems: [...ofAccounts, ...ofSync],
  },
  'POST /accounts/{accountId}/verify': {
    ...requested,
    id: 'requestVerifyOfAccount',
    summary: 'Compare an account’s copy and mailbox now',
    tag: 'Backends',
    problems: [...ofAccounts, ...ofSync],
  },
};
