import { changePage } from './answers.ts';
import { json, query, route } from './contract.ts';
import { readChangesQuery } from './requests/changes.ts';
import { changes as page, changesWithCopied as withCopied } from './samples.ts';

const feed = route({
  keys: {
    'GET /mailbox/changes': {
      id: 'listChanges',
      summary: 'What happened in the mailbox',
      problems: ['grant_revoked'],
    },
    'GET /accounts/{accountId}/changes': {
      id: 'listChangesOfAccount',
      summary: 'What happened in an account',
    },
    'GET /changes': { id: 'listAllChanges', summary: 'What happened in all accounts' },
  },
  description:
    'Changes of the last 14 days, those of a disconnected account too. To follow a feed, repeat the request with the last `cursor`.',
  rules:
    'A session sees of an earlier `generation` only what became of the mailbox as a whole. The feeds of an owner and of the whole stage (`GET /changes`) show a change after 15 seconds.',
  query: query(readChangesQuery, {
    after: {
      words:
        'The `cursor` of the previous answer, or `now` for a cursor and no changes. Default: the oldest change that is kept.',
      example: 'now',
    },
    maxResults: { words: 'Changes a page.', example: 100 },
    view: '`summary` adds to each message what the copy holds of it now (`copied`). Changes then come 75 seconds after they were published, when the copy holds them.',
  }),
  answers: [
    json(
      200,
      'Oldest first, up to 5.5 MB and, with `view=summary`, 500 messages: a page may be short and still have `more`.',
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
