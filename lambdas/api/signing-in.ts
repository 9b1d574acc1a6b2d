import * as v from 'valibot';
import { type Authorization, authorization, type CodeStart, codeStart, session } from './answers.ts';
import {
  type Answer,
  file,
  formBody,
  json,
  jsonBody,
  noContent,
  type Parameter,
  query,
  route,
  seeOther,
} from './contract.ts';
import { consentProblems, consentStartProblems, storageProblems } from './problem-sets.ts';
import { codeFromProgram, handoffProof, startCodeQuery, startConsentQuery } from './requests/consent.ts';
import { once } from './requests/values.ts';
import { account, codeChallenge, codeVerifier, googleAddress, soon } from './samples.ts';

const consentWords = {
  login_hint: {
    words: 'The e-mail address or account number that Google’s page suggests.',
    example: 'ada@example.com',
  },
  return_to: {
    words:
      'Where the consent returns to: a path of this site outside `/auth`; or, with `code_challenge`, exactly one of the `ALLOWED_RETURN_ORIGINS`, up to 2,048 characters and without a fragment.',
    example: '/messages?q=is:unread',
  },
  prompt: '`consent`: Google always asks for consent; `select_account`: it also asks for the account.',
  code_challenge: {
    words:
      'With a `return_to` on another origin, or `purpose=code`: the S256 challenge (PKCE) of the application.',
    example: codeChallenge,
  },
  code_challenge_method: 'Optional.',
  purpose: { words: 'For `GET /auth/url` only.', schema: { not: {} } },
};

const consent = query(startConsentQuery, consentWords).filter(({ name }) => name !== 'purpose');

/** The further parameters of a program that gets the code itself. */
const code: readonly Parameter[] = [
  {
    name: 'purpose',
    reads: v.optional(startCodeQuery.entries.purpose),
    words: '`code`: for a program that gets the authorization code itself.',
  },
  {
    name: 'redirect_uri',
    reads: startCodeQuery.entries.redirect_uri,
    words: 'With `purpose`: empty if given, because a phone’s code has none.',
    schema: { type: 'string', const: '' },
  },
];

/** The fields with which a program submits an authorization code. */
export const codeWords = {
  code: 'The authorization code of Google’s library on a phone.',
  state: 'The `state` of `GET /auth/url`.',
  codeVerifier: 'The verifier of the `code_challenge` given there.',
} as const;

const handoffWords = {
  handoff: 'The `handoff` from the query of the address.',
  codeVerifier: 'The verifier of the `code_challenge`.',
} as const;

const programCodeWords = { ...codeWords, idToken: 'The ID token of the same sign-in.' } as const;

const token = { sessionToken: codeChallenge, expiresAt: '2027-05-21T17:32:48.384Z', account };

const atGoogle: Authorization = { authorizationUrl: googleAddress, expiresAt: soon };

const started: CodeStart = {
  clientId: '1234.apps.googleusercontent.com',
  scopes: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/gmail.readonly'],
  state: codeChallenge,
  nonce: codeChallenge,
  expiresAt: soon,
};

const start: Answer<200, Authorization | CodeStart> = {
  status: 200,
  description: 'The authorization URL; or, with `purpose=code`, what to request from Google.',
  content: {
    type: 'application/json',
    schema: v.union([authorization, codeStart]),
    examples: {
      browser: { summary: 'a browser', value: atGoogle },
      phone: { summary: 'a phone, with purpose=code', value: started },
    },
  },
};

/** The routes by which users and programs sign in. */
export const signingIn = [
  route({
    keys: { 'GET /auth/url': { id: 'getAuthorizationUrl', summary: 'Get Google’s authorization URL' } },
    description:
      'For a page of this site that goes to Google itself: the URL works once, in this browser, which a cookie identifies. With `purpose=code`, for a program that gets the authorization code from Google’s library on a phone: it submits the code to `POST /auth/code` within ten minutes, with the verifier of its challenge.',
    rules: 'Open to apps, backends and allowed origins.',
    caller: 'anybody',
    query: [...consent, ...code],
    answers: [start],
    problems: [...consentStartProblems, 'cross_site'],
  }),
  route({
    keys: { 'GET /auth/login': { id: 'startConsent', summary: 'Start a consent' } },
    description:
      'The link for users: 303 to Google, with the cookie that binds the consent to this browser for ten minutes.',
    rules:
      'If `return_to` is on another origin, the consent returns there with a `handoff` added to the query, or with the `error=<code>` of a problem. Anyone can write such a link, so a page first asks the user whether to continue to the application. It is skipped if the browser remembers the application (the last ten, for 180 days or until logout) and the `Referer` is the application’s own page. With `Referrer-Policy: no-referrer`, or from an app or a mail, the user is always asked.',
    caller: 'anybody',
    query: consent,
    answers: [
      seeOther('To Google.', googleAddress),
      file('text/html', 'Whether to continue to the application.', '<!doctype html>…'),
    ],
    problems: consentStartProblems,
  }),
  route({
    keys: { 'POST /auth/login': { id: 'confirmApplication', summary: 'Continue to an application' } },
    description: 'The button of that page. From other sites it is `cross_site`.',
    caller: 'anybody',
    body: formBody(startConsentQuery, consentWords, {
      return_to: 'https://app.example.com/signed-in',
      code_challenge: codeChallenge,
    }),
    answers: [seeOther('To Google.', googleAddress)],
    problems: [...consentStartProblems, 'cross_site'],
  }),
  route({
    keys: { 'GET /auth/callback': { id: 'completeConsent', summary: 'OAuth redirect URI' } },
    description:
      'Completes the consent. A browser is redirected also when that fails, so no authorization code stays in its address.',
    rules:
      'A repeated callback in the same browser exchanges nothing: for two minutes it signs in again, unless the session was ended. A code that arrived with a refused `state` is never accepted.',
    caller: 'anybody',
    query: [
      {
        name: 'state',
        reads: once,
        words: 'Identifies the consent; works once, in the browser that started it.',
        example: codeChallenge,
      },
      {
        name: 'code',
        reads: v.optional(once),
        words: 'The authorization code, unless there is an `error`.',
        example: '4/0AeanS0b-example',
      },
      {
        name: 'error',
        reads: v.optional(once),
        words: 'Why there is no code, such as `access_denied`.',
      },
    ],
    answers: [
      seeOther(
        'To `return_to` with the session cookie; to another origin with a `handoff` or `error`; or to a page that shows the problem.',
        '/messages?q=is:unread',
      ),
    ],
    problems: [
      ...consentProblems,
      'access_denied',
      'authorization_failed',
      'account_mismatch',
      'invalid_link',
      'owner_mismatch',
    ],
  }),
  route({
    keys: { 'POST /auth/session': { id: 'takeSessionOver', summary: 'Exchange a handoff for a session' } },
    description:
      'For an application on another origin. A handoff works once, for 60 seconds, with the verifier of the challenge that started the sign-in; in a browser, from a page of the origin that got it.',
    rules: 'The session ends after 12 hours without use, or 30 days.',
    caller: 'anybody',
    body: jsonBody(handoffProof, handoffWords, { handoff: codeChallenge, codeVerifier }),
    answers: [json(200, 'The session.', session, token)],
    problems: [...storageProblems, 'invalid_handoff', 'login_required', 'cross_site'],
  }),
  route({
    keys: { 'POST /auth/code': { id: 'completeCode', summary: 'Submit an authorization code' } },
    description:
      'For a program that got the code itself, after `GET /auth/url?purpose=code`. Checks and problems are those of `GET /auth/callback`.',
    rules:
      'The ID token must be signed by Google for this client ID, with the `nonce` (else `no_user_id`), and belong to the account of the code (else `account_mismatch`: nothing is stored, and the code is used up). In a browser, only for pages of this site or of an allowed origin.',
    caller: 'anybody',
    body: jsonBody(codeFromProgram, programCodeWords, {
      code: '4/0AeanS0b-example',
      state: codeChallenge,
      codeVerifier,
      idToken: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln',
    }),
    answers: [json(200, 'The session.', session, token)],
    problems: [...consentProblems, 'account_mismatch', 'cross_site'],
  }),
  route({
    keys: { 'POST /auth/logout': { id: 'logOut', summary: 'End the session' } },
    description: 'The grant and the copy stay. 204 even without a session.',
    answers: [noContent('The session has ended.')],
  }),
] as const;
