import { googleConnections } from '../errors.ts';
import { copiedMessage, copiedMessageList, disconnected, mailboxStatus, requestedSync } from './answers.ts';
import { json, query, route } from './contract.ts';
import { listCopyQuery } from './requests/copy.ts';
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
} from './samples.ts';

const connected = { account, status: 'active', scopes, connectedAt } as const;

const status = route({
  keys: { 'GET /mailbox': { id: 'getMailbox', summary: 'The mailbox and its sync' } },
  description:
    'The connected account, the status of its grant, and the progress of its copy, as stored: Google is not asked. `sync` is absent if nothing is copied.',
  answers: [
    json(
      200,
      'The mailbox.',
      mailboxStatus,
      { ...connected, sync: liveSync },
      {
        'being copied': { ...connected, sync: backfillSync },
        'a failed message': { ...connected, sync: failingSync },
        'a revoked grant': {
          ...connected,
          status: 'revoked',
          sync: { ...liveSync, phase: 'paused', pausedBecause: 'grant_revoked' },
          authorizationUrl: `${origin}/auth/login`,
        },
      },
    ),
  ],
});

const disconnecting = route({
  keys: {
    'DELETE /mailbox': { id: 'disconnectMailbox', summary: 'Disconnect the mailbox' },
    'DELETE /accounts/{accountId}': { id: 'disconnectAccount', summary: 'Disconnect an account' },
  },
  description:
    'Revokes the grant at Google, ends all sessions of the account and erases the grant here. Revocation ends the account’s grants to all clients of the same Google Cloud project.',
  rules:
    'The copy can no longer be read, and is erased within minutes. If Google cannot be reached, everything here is still erased, and `revokedAtGoogle` is `false`. After a 503, repeat the request; otherwise the daily sweep finishes the disconnect.',
  answers: [
    json(
      202,
      'Disconnected.',
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
});

const copy = route({
  keys: {
    'GET /mailbox/messages': { id: 'listCopy', summary: 'List the stored copy' },
    'GET /accounts/{accountId}/mailbox/messages': {
      id: 'listCopyOfAccount',
      summary: 'List the stored copy of an account',
    },
  },
  description: 'Google is not asked, so this works while Google is down or the grant is revoked.',
  rules:
    'A request reads at most 4 MB of the copy and returns at most 5.5 MB: even an empty page may have a next one. During the first copy the list contains only what is copied so far.',
  query: query(listCopyQuery, {
    ids: {
      words:
        'Only these messages, including Spam and Trash: up to 100 IDs, separated by commas, returned in this order. Those not in the copy are in `missing`.',
      example: messageId,
    },
    labelId: {
      words:
        'Only messages with the label of this ID. Spam and Trash are excluded unless it is `SPAM` or `TRASH`.',
      example: 'INBOX',
    },
    after: {
      words:
        'Only messages from this time on: a date (midnight UTC), an ISO 8601 time with its offset, or epoch milliseconds (12 to 15 digits).',
      example: '2026-11-01',
    },
    before: {
      words: 'Only messages before this time, in the same forms.',
      example: '2026-12-01T00:00:00Z',
    },
    pageToken: 'The `nextPageToken` of the previous response; the other parameters must stay the same.',
    maxResults: { words: 'The page size.', example: 100 },
  }),
  answers: [
    json(
      200,
      'Newest first. Only a response without `nextPageToken` is the last.',
      copiedMessageList,
      {
        messages: [copied],
        nextPageToken: pageToken,
      },
      { 'with ids': { messages: [copied], missing: ['1a19882c6fb0010a'] } },
    ),
  ],
  problems: ['grant_revoked', 'login_required'],
});

const copiedOne = route({
  keys: {
    'GET /mailbox/messages/{id}': { id: 'getCopied', summary: 'One message of the stored copy' },
    'GET /accounts/{accountId}/mailbox/messages/{id}': {
      id: 'getCopiedOfAccount',
      summary: 'One message of the stored copy of an account',
    },
  },
  description: 'Including Spam and Trash. Google is not asked.',
  answers: [json(200, 'The message, as copied.', copiedMessage, copied)],
  problems: ['grant_revoked', 'login_required', 'not_found'],
});

const requested = [json(202, 'Requested.', requestedSync, { status: 'requested' })];

const ofSync = ['sync_paused', 'paused_by_operator', 'not_copied', 'grant_revoked'] as const;

const syncing = route({
  keys: {
    'POST /mailbox/sync': { id: 'requestSync', summary: 'Sync now' },
    'POST /accounts/{accountId}/sync': { id: 'requestSyncOfAccount', summary: 'Sync an account now' },
  },
  description:
    'The sync starts within a minute, or after the running job, but not before a time that Google named.',
  answers: requested,
  problems: ofSync,
});

const comparing = route({
  keys: {
    'POST /mailbox/verify': { id: 'requestVerify', summary: 'Compare copy and mailbox now' },
    'POST /accounts/{accountId}/verify': {
      id: 'requestVerifyOfAccount',
      summary: 'Compare an account’s copy and mailbox now',
    },
  },
  description:
    'Syncs, then compares the copy with the mailbox. Differences are listed in `sync.verify` and repaired.',
  rules:
    'A mailbox that is being copied is compared afterwards. One comparison can be requested an hour: a request while one waits or runs shares it; after that, `Retry-After` says when.',
  answers: requested,
  problems: [...ofSync, 'rate_limited'],
});

/** The routes of a whole mailbox and of its copy. */
export const mailbox = [status, disconnecting, copy, copiedOne, syncing, comparing] as const;
