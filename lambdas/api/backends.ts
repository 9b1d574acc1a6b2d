import { accessToken, accountDetails, accountList, completedCode, connectLink } from './answers.ts';
import { json, jsonBody, query, route } from './contract.ts';
import { ofCompleting, ofGrants } from './problem-sets.ts';
import { connectLinkOrder, listAccountsQuery } from './requests/accounts.ts';
import { codeFromBackend } from './requests/consent.ts';
import {
  account,
  codeChallenge,
  codeVerifier,
  connectedAt,
  liveSync,
  origin,
  owner,
  pageToken,
  scopes,
  soon,
} from './samples.ts';
import { codeWords } from './signing-in.ts';

const orderWords = {
  owner: 'The owner of the mailbox.',
  requester: 'Who asks, as shown to the person who opens the link; default: the host of the site.',
  accountId: 'Only this Google account may be connected; any other ends with `account_mismatch`.',
  email: 'The same by its address, which Google must have verified.',
  returnTo:
    'Where the consent leads: a path of this site outside `/auth`, or an address under an allowed return origin, which gets `error=<code>` if the consent fails.',
  expiresInSeconds: 'How long the link works; default a day.',
} as const;

const backendCodeWords = {
  ...codeWords,
  idToken: 'The ID token of the same sign-in, with the `nonce`.',
  accountId: 'Google’s number of the account that the code must be of.',
  owner: 'The owner of the mailbox: an invitation.',
} as const;

const connected = { ...account, owner, status: 'active', scopes, connectedAt } as const;

/** The routes that backends alone have. */
export const backends = [
  route({
    keys: { 'POST /accounts/connect-links': { id: 'createConnectLink', summary: 'Invite a person' } },
    description:
      'Creates a link to send to a person: whoever follows it connects a mailbox for the owner. Only this answer has the link.',
    body: jsonBody(connectLinkOrder(), orderWords, {
      owner,
      requester: 'Example Ltd',
      email: 'ada@example.com',
      returnTo: '/mailbox',
      expiresInSeconds: 86_400,
    }),
    answers: [
      json(201, 'The link.', connectLink, {
        url: `${origin}/connect?link=${codeChallenge}`,
        expiresAt: soon,
      }),
    ],
  }),
  route({
    keys: {
      'POST /accounts/code': {
        id: 'completeCodeForOwner',
        summary: 'Submit an authorization code for an owner',
      },
    },
    description:
      'As `POST /auth/code`, for a backend whose application brought it the code; it gets no session. `idToken` or `accountId` must name the account of the code.',
    body: jsonBody(codeFromBackend, backendCodeWords, {
      code: '4/0AeanS0b-example',
      state: codeChallenge,
      codeVerifier,
      accountId: account.id,
      owner,
    }),
    answers: [json(200, 'The connected account.', completedCode, { account })],
    problems: [...ofCompleting, 'account_mismatch', 'owner_mismatch'],
  }),
  route({
    keys: { 'GET /accounts': { id: 'listAccounts', summary: 'List accounts' } },
    description:
      'In no particular order; a new account may be missing for a moment. Without `owner` and `email` the whole table is read.',
    query: query(listAccountsQuery, {
      email: {
        words:
          'Only the account that has this address now. Case does not count, nor do dots at gmail.com and googlemail.com, which are one domain.',
        example: 'ada@example.com',
      },
      status: { words: 'Only accounts whose grant has this status.', example: 'active' },
      pageToken:
        'The `nextPageToken` of the previous answer; `owner`, `email` and `status` must stay the same.',
      maxResults: { words: 'Accounts a page.', example: 100 },
    }),
    answers: [
      json(200, 'Only an answer without `nextPageToken` is the last.', accountList, {
        accounts: [connected],
        nextPageToken: pageToken,
      }),
    ],
  }),
  route({
    keys: { 'GET /accounts/{accountId}': { id: 'getAccount', summary: 'One account' } },
    description: 'As `GET /mailbox`, with the owner: as stored, Google is not asked.',
    answers: [json(200, 'The account.', accountDetails, { ...connected, sync: liveSync })],
  }),
  route({
    keys: {
      'POST /accounts/{accountId}/access-token': {
        id: 'issueAccessToken',
        summary: 'An access token of an account',
      },
    },
    description: 'For a backend that calls Gmail itself. Off unless the setting `ACCESS_TOKENS` is `on`.',
    rules:
      'The token is good for at least five more minutes, opens all that the scopes grant, and does not pass this site: no log here shows what is done with it, and the sync does not know what it spends of Gmail’s quotas. A disconnect ends it. Each one is logged with the account and the ARN that signed.',
    answers: [json(200, 'The token.', accessToken, { accessToken: 'ya29.example', expiresAt: soon, scopes })],
    problems: [...ofGrants, 'access_tokens_off'],
  }),
] as const;
