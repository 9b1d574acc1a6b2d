import { changePage } from './answers.ts';
import { json, query, route } from './contract.ts';
import { readChangesQuery } from './requests/changes.ts';
import { changes as page, changesWithCopied as withCopied } from './samples.ts';

const feed = route({
  keys: {
    'GET /mailbox/changes': {
      id: 'listChanges',
      summary: 'List changes of the mailbox',
      problems: ['grant_revoked'],
    },
    'GET /accounts/{accountId}/changes': {
      id: 'listChangesOfAccount',
      summary: 'List changes of an account',
    },
    'GET /changes': { id: 'listAllChanges', summary: 'List changes of all accounts' },
  },
  description:
    'Changes of the last 14 days, including those of disconnected accounts. To follow a feed, repeat the request with the last `cursor`.',
  rules:
    'From an earlier `generation`, a session sees only changes of the mailbox as a whole. The feeds of an owner and of the whole stage (`GET /changes`) show a change after 15 seconds.',
  query: query(readChangesQuery, {
    after: {
      words:
        'The `cursor` of the previous response, or `now` for a cursor and no changes. Default: before the oldest stored change.',
      example: 'now',
    },
    maxResults: { words: 'The page size.', example: 100 },
    view: '`summary` adds to each message its current state in the copy (`copied`). Changes then appear 75 seconds after they were published, when the copy contains them.',
  }),
  answers: [
    json(
      200,
      'Oldest first, up to 5.5 MB and, with `view=summary`, 500 messages: even a short page may have `more`.',
      changePage,
      page,
      {
        'after=now': { changes: [], cursor: page.cursor, more: false },
        'with view=summary': withCopied,
      },
    ),
  ],
  problems: ['cursor_too_old'],
});

/** The change feeds. */
export const changes = [feed] as const;
