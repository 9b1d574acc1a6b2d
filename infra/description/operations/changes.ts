import { readChangesQuery } from '../../../lambdas/changes/read-changes.ts';
import { changePage } from '../../../lambdas/client/answers.ts';
import { json, type Operation, type Operations, query } from '../operation.ts';
import { ofAccounts, ofSessions, stored } from '../problem-sets.ts';
import { changes as page, changesWithCopied as withCopied } from '../samples.ts';

const feed = {
  query: query(readChangesQuery, {
    after: {
      words:
        'The `cursor` of the answer before, or `now` for a cursor alone; without it the feed begins with the oldest change that is kept.',
      example: 'now',
    },
    maxResults: { words: 'The most changes of a page.', example: 100 },
    view: {
      words:
        '`summary` adds to each message what the copy holds of it now; changes then come about a minute later, when the copy holds them.',
    },
  }),
  answers: [
    json(200, 'Oldest first. A page may be empty and its cursor new all the same.', changePage, page, {
      'after=now': { changes: [], cursor: page.cursor, more: false },
      'with view=summary': withCopied,
    }),
  ],
} as const satisfies Partial<Operation>;

/** The change feeds. */
export const changes: Operations<
  'GET /mailbox/changes' | 'GET /accounts/{accountId}/changes' | 'GET /changes'
> = {
  'GET /mailbox/changes': {
    ...feed,
    id: 'listChanges',
    summary: 'What happened in the mailbox',
    description:
      'Changes of the last 14 days. To follow the feed, repeat the request with the last `cursor`.',
    tag: 'Changes',
    problems: [...ofSessions, 'grant_revoked', 'invalid_request', 'cursor_too_old'],
  },
  'GET /accounts/{accountId}/changes': {
    ...feed,
    id: 'listChangesOfAccount',
    summary: 'What happened in an account',
    description: 'Also of one that was disconnected, for as long as changes are kept.',
    tag: 'Backends',
    problems: [...ofAccounts, 'cursor_too_old'],
  },
  'GET /changes': {
    ...feed,
    id: 'listAllChanges',
    summary: 'What happened in all accounts',
    description: 'Of the whole stage, or of an owner.',
    tag: 'Backends',
    problems: [...stored, 'invalid_request', 'cursor_too_old'],
  },
};
