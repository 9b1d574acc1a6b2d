import { accessToken, accountDetails, accountList, completedCode, connectLink } from './answers.ts';
import { json, jsonBody, query, route } from './contract.ts';
import { consentProblems, grantUseProblems } from './problem-sets.ts';
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
  requester: 'The inviting party, as shown to the user; default: the host of the site.',
  accountId: 'Only this Google account can connect; any other gets `account_mismatch`.',
  email: 'The same, by a verified address.',
  returnTo:
    'Where the consent returns to: a path of this site outside `/auth`, or a URL under an allowed return origin, which gets `error=<code>` if the consent fails.',
  expiresInSeconds: 'The lifetime of the link; default a day.',
} as const;

const backendCodeWords = {
  ...codeWords,
  idToken: 'The ID token of the same sign-in, with the `nonce`.',
  accountId: 'Google’s ID of the account that the code must belong to.',
  owner: 'The owner of the mailbox; acts as an invitation.',
} as const;

const connected = { ...account, owner, status: 'active', scopes, connectedAt } as const;

/** The routes for backends only. */
export const backends = [
  route({
    keys: { 'POST /accounts/connect-links': { id: 'createConnectLink', summary: 'Invite a user' } },
    description:
      'Creates a link to send to a user, who connects a mailbox for the owner with it. Only this response contains the link.',
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
      'As `POST /auth/code`, for a backend that got the code from its application; it gets no session. `idToken` or `accountId` must name the account of the code.',
    body: jsonBody(codeFromBackend, backendCodeWords, {
      code: '4/0AeanS0b-example',
      state: codeChallenge,
      codeVerifier,
      accountId: account.id,
      owner,
    }),
    answers: [json(200, 'The connected account.', completedCode, { account })],
    problems: [...consentProblems, 'account_mismatch', 'owner_mismatch'],
  }),
  route({
    keys: { 'GET /accounts': { id: 'listAccounts', summary: 'List accounts' } },
    description:
      'In no particular order; a new account may be missing for a moment. Without `owner` and `email`, the whole table is read.',
    query: query(listAccountsQuery, {
      email: {
        words:
          'Only the account with this address. Case is ignored, and at gmail.com and googlemail.com, which are one domain, dots are too.',
        example: 'ada@example.com',
      },
      status: { words: 'Only accounts whose grant has this status.', example: 'active' },
      pageToken:
        'The `nextPageToken` of the previous response; `owner`, `email` and `status` must stay the same.',
      maxResults: { words: 'The page size.', example: 100 },
    }),
    answers: [
      json(200, 'Only a response without `nextPageToken` is the last.', accountList, {
        accounts: [connected],
        nextPageToken: pageToken,
      }),
    ],
  }),
  route({
    keys: { 'GET /accounts/{accountId}': { id: 'getAccount', summary: 'One account' } },
    description: 'As `GET /mailbox`, with the owner. Google is not asked.',
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
      'The token is valid for at least five more minutes and for all granted scopes. Its calls do not pass through this site: they are not logged here, and the sync does not count their quota units. A disconnect ends it. Each token issued is logged with the account and the signing ARN.',
    answers: [json(200, 'The token.', accessToken, { accessToken: 'ya29.example', expiresAt: soon, scopes })],
    problems: [...grantUseProblems, 'access_tokens_off'],
  }),
] as const;
