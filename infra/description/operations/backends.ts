import {
  accessToken,
  accountDetails,
  accountList,
  completedCode,
  connectLink,
} from '../../../lambdas/client/answers.ts';
import { codeFromBackend } from '../../../lambdas/consent/complete-code.ts';
import { connectLinkOrder } from '../../../lambdas/consent/connect-link-order.ts';
import { listAccountsQuery } from '../../../lambdas/owners/list-accounts.ts';
import { json, jsonBody, type Operations, query } from '../operation.ts';
import { ofAccounts, ofCompleting, ofGrants, stored } from '../problem-sets.ts';
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
} from '../samples.ts';

const connected = { ...account, owner, status: 'active', scopes, connectedAt } as const;

/** The routes that backends alone have. */
export const backends: Operations<
  | 'POST /accounts/connect-links'
  | 'POST /accounts/code'
  | 'GET /accounts'
  | 'GET /accounts/{accountId}'
  | 'POST /accounts/{accountId}/access-token'
> = {
  'POST /accounts/connect-links': {
    id: 'createConnectLink',
    summary: 'Invite a person',
    description:
      'Makes a link to send to a person: who follows it connects a mailbox for the owner. The link stands in this answer and nowhere else.',
    tag: 'Backends',
    body: jsonBody(connectLinkOrder([]), {
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
    problems: [...stored, 'invalid_request'],
  },
  'POST /accounts/code': {
    id: 'completeCodeForOwner',
    summary: 'Bring an authorization code for an owner',
    description:
      'For a backend whose person consented elsewhere, after `GET /auth/url?purpose=code`. It says by `accountId` or by the ID token which account the code must be of. The owner it names is an invitation.',
    tag: 'Backends',
    body: jsonBody(codeFromBackend, {
      code: '4/0AeanS0b-example',
      state: codeChallenge,
      codeVerifier,
      accountId: account.id,
      owner,
    }),
    answers: [json(200, 'Whose mailbox is connected now.', completedCode, { account })],
    problems: [...ofCompleting, 'account_mismatch', 'owner_mismatch'],
  },
  'GET /accounts': {
    id: 'listAccounts',
    summary: 'List accounts',
    description: 'Of an owner, of an address, or of the stage.',
    tag: 'Backends',
    query: query(listAccountsQuery, {
      email: {
        words: 'Only the one that has this address now, in upper or lower case.',
        example: 'ada@example.com',
      },
      status: { words: 'Only where the grant stands so.', example: 'active' },
      pageToken: { words: 'Where to go on: the `nextPageToken` of the answer before.' },
      maxResults: { words: 'The most accounts of a page.', example: 100 },
    }),
    answers: [
      json(200, 'In no particular order. A page may be short or empty and still go on.', accountList, {
        accounts: [connected],
        nextPageToken: pageToken,
      }),
    ],
    problems: [...stored, 'invalid_request'],
  },
  'GET /accounts/{accountId}': {
    id: 'getAccount',
    summary: 'One account',
    description: 'Its owner, its grant, and the sync of its offline copy, as stored: Google is not asked.',
    tag: 'Backends',
    answers: [json(200, 'How it stands.', accountDetails, { ...connected, sync: liveSync })],
    problems: ofAccounts,
  },
  'POST /accounts/{accountId}/access-token': {
    id: 'issueAccessToken',
    summary: 'An access token of an account',
    description: 'To call Gmail with. Only where the site is set up to hand them out.',
    tag: 'Backends',
    answers: [json(200, 'The token.', accessToken, { accessToken: 'ya29.example', expiresAt: soon, scopes })],
    problems: [...ofAccounts, ...ofGrants, 'access_tokens_off'],
  },
};
