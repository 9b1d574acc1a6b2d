import { authorization, codeStart, session } from '../../../lambdas/client/answers.ts';
import { codeFromProgram } from '../../../lambdas/consent/complete-code.ts';
import { leadToGoogleQuery } from '../../../lambdas/consent/lead-to-google.ts';
import { startCodeQuery } from '../../../lambdas/consent/start-code.ts';
import { handoffProof } from '../../../lambdas/sessions/exchange-handoff.ts';
import type { ParameterObject } from '../document.ts';
import { example, file, formBody, json, jsonBody, type Operations, query, seeOther } from '../operation.ts';
import { ofChanging, ofCompleting, ofStarting, stored } from '../problem-sets.ts';
import { account, codeChallenge, codeVerifier, googleAddress, soon } from '../samples.ts';

const consentWords = {
  login_hint: {
    words: 'An e-mail address or an account’s number: whom Google’s page is to suggest.',
    example: 'ada@example.com',
  },
  return_to: {
    words:
      'Where the consent leads back to: a path of this site outside `/auth` or, with `code_challenge`, a listed address of an application.',
    example: '/messages?q=is:unread',
  },
  prompt: { words: 'Google asks even where it need not; with `select_account`, for the account, too.' },
  code_challenge: {
    words: 'The S256 challenge of an application on another origin, which the handoff will be good for.',
    example: codeChallenge,
  },
  code_challenge_method: { words: 'There is one.' },
  purpose: { words: 'For `GET /auth/url` alone.', schema: { not: {} } },
};

const consent = query(leadToGoogleQuery, consentWords).filter(({ name }) => name !== 'purpose');

const code: readonly ParameterObject[] = query(startCodeQuery, {
  purpose: {
    words: '`code`: the program gets the authorization code itself, from Google’s library on a phone.',
  },
  redirect_uri: {
    words: 'With `purpose`: empty, if it is given, since the code of a phone has none.',
    schema: { type: 'string', const: '' },
  },
  code_challenge: { words: '' },
  code_challenge_method: { words: '' },
}).filter(({ name }) => name === 'purpose' || name === 'redirect_uri');

const token = { sessionToken: codeChallenge, expiresAt: '2027-05-21T17:32:48.384Z', account };

/** The routes by which people and programs sign in. */
export const signingIn: Operations<
  | 'GET /auth/url'
  | 'GET /auth/login'
  | 'POST /auth/login'
  | 'GET /auth/callback'
  | 'POST /auth/session'
  | 'POST /auth/code'
  | 'POST /auth/logout'
> = {
  'GET /auth/url': {
    id: 'getAuthorizationUrl',
    summary: 'Google’s address for a consent',
    description:
      'For a page of this site that wants to go to Google by itself: the consent is bound to the browser by a cookie. With `purpose=code`, for a program that gets the authorization code itself and brings it to `POST /auth/code` with the verifier of its challenge and the ID token of the same sign-in.',
    tag: 'Signing in',
    caller: 'anybody',
    query: [...consent, ...code.map((parameter) => ({ ...parameter, required: false }))],
    answers: [
      {
        status: 200,
        description: 'Where to go; or, with `purpose=code`, what to ask Google for.',
        content: {
          'application/json': {
            schema: {
              anyOf: [
                { $ref: '#/components/schemas/Authorization' },
                { $ref: '#/components/schemas/CodeStart' },
              ],
            },
            examples: {
              browser: {
                summary: 'a browser',
                value: example(authorization, { authorizationUrl: googleAddress, expiresAt: soon }),
              },
              phone: {
                summary: 'a phone, with purpose=code',
                value: example(codeStart, {
                  clientId: '1234.apps.googleusercontent.com',
                  scopes: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/gmail.readonly'],
                  state: codeChallenge,
                  nonce: codeChallenge,
                  expiresAt: soon,
                }),
              },
            },
          },
        },
      },
    ],
    problems: [...ofStarting, 'cross_site'],
  },
  'GET /auth/login': {
    id: 'startConsent',
    summary: 'Begin a consent',
    description:
      'A link to send a person’s browser to. It leads on to Google; on the way to an application elsewhere a page asks the person first.',
    tag: 'Signing in',
    caller: 'anybody',
    query: consent,
    answers: [
      seeOther('On to Google.', googleAddress),
      file('text/html', 'Whether to continue to the application.', '<!doctype html>…'),
    ],
    problems: ofStarting,
  },
  'POST /auth/login': {
    id: 'confirmApplication',
    summary: 'The button of the question',
    description: 'Starts the consent for an application elsewhere. Only a page of this site can send it.',
    tag: 'Signing in',
    caller: 'anybody',
    body: formBody(leadToGoogleQuery, consentWords, {
      return_to: 'https://app.example.com/signed-in',
      code_challenge: codeChallenge,
    }),
    answers: [seeOther('On to Google.', googleAddress)],
    problems: [...ofStarting, 'cross_site'],
  },
  'GET /auth/callback': {
    id: 'completeConsent',
    summary: 'Where Google leads back to',
    description:
      'Completes the consent. A browser never keeps the authorization code in its address: if that fails, too, it is sent on.',
    tag: 'Signing in',
    caller: 'anybody',
    query: [
      {
        name: 'state',
        in: 'query',
        description: 'Which consent; works once, in the browser that began it.',
        required: true,
        schema: { type: 'string' },
        example: codeChallenge,
      },
      {
        name: 'code',
        in: 'query',
        description: 'The authorization code; or else `error`.',
        required: false,
        schema: { type: 'string' },
        example: '4/0AeanS0b-example',
      },
      {
        name: 'error',
        in: 'query',
        description: 'Why there is no code, such as `access_denied`.',
        required: false,
        schema: { type: 'string' },
      },
    ],
    answers: [
      seeOther(
        'Back to where the consent began, with a session cookie; to another origin with a handoff; or to the problem in words.',
        '/messages?q=is:unread',
      ),
    ],
    problems: [
      ...ofCompleting,
      'access_denied',
      'authorization_failed',
      'account_mismatch',
      'invalid_link',
      'owner_mismatch',
    ],
  },
  'POST /auth/session': {
    id: 'takeSessionOver',
    summary: 'Take a session over',
    description:
      'For an application on another origin: gives the session that its handoff stands for. A handoff works once, for a minute, and only with the verifier of the challenge that the sign-in began with.',
    tag: 'Signing in',
    caller: 'anybody',
    body: jsonBody(handoffProof, { handoff: codeChallenge, codeVerifier }),
    answers: [json(200, 'The session.', session, token)],
    problems: [...stored, 'invalid_request', 'invalid_handoff', 'login_required', 'cross_site'],
  },
  'POST /auth/code': {
    id: 'completeCode',
    summary: 'Bring an authorization code',
    description:
      'For a program that got the code itself, after `GET /auth/url?purpose=code`. The ID token must repeat the nonce, and be of the account that the code is of.',
    tag: 'Signing in',
    caller: 'anybody',
    body: jsonBody(codeFromProgram, {
      code: '4/0AeanS0b-example',
      state: codeChallenge,
      codeVerifier,
      idToken: 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln',
    }),
    answers: [json(200, 'The session.', session, token)],
    problems: [...ofCompleting, 'account_mismatch', 'cross_site'],
  },
  'POST /auth/logout': {
    id: 'logOut',
    summary: 'End the session',
    description: 'Asking twice does no harm. The grant and the offline copy stay.',
    tag: 'Signing in',
    caller: 'session',
    answers: [{ status: 204, description: 'The session has ended.' }],
    problems: ofChanging,
  },
};
