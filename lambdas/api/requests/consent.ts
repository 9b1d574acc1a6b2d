import * as v from 'valibot';
import type { QueryOf } from '../types.ts';
import {
  codeChallenge,
  codeChallengeMethod,
  codeVerifier,
  flag,
  jsonObject,
  once,
  owner,
  text,
} from './values.ts';

export const startConsentQuery = v.object({
  login_hint: v.optional(text(320)),
  return_to: v.optional(once, ['/']),
  prompt: v.optional(
    v.pipe(once, v.picklist(['consent', 'select_account'], 'can only be consent or select_account')),
  ),
  code_challenge: v.optional(v.pipe(once, codeChallenge)),
  code_challenge_method: codeChallengeMethod,
  purpose: v.optional(v.never('is for GET /auth/url alone')),
});

/** `GET /auth/login`, and `GET /auth/url` but for `code_challenge`. */
export type ConsentQuery = Omit<QueryOf<typeof startConsentQuery>, 'purpose'>;

export const startCodeQuery = v.object({
  purpose: v.pipe(once, v.literal('code', 'can only be code')),
  code_challenge: v.pipe(v.optional(once, ['']), codeChallenge),
  code_challenge_method: codeChallengeMethod,
  redirect_uri: v.optional(
    v.pipe(
      once,
      v.literal('', 'can only be empty, as on a phone: a page opens GET /auth/login in a pop-up of its own'),
    ),
  ),
});

/** `GET /auth/url?purpose=code`. */
export type CodeQuery = Omit<QueryOf<typeof startCodeQuery>, 'purpose' | 'code_challenge'> & {
  readonly code_challenge: string;
};

export const handoffProof = jsonObject({ handoff: v.string('must be a text'), codeVerifier });

/** `POST /auth/session`. */
export type HandoffProof = Readonly<v.InferInput<typeof handoffProof>>;

const given = v.pipe(v.string('must be a text'), v.nonEmpty('must not be empty'));

const submitted = { code: given, state: given, codeVerifier };

export const codeFromProgram = jsonObject({ ...submitted, idToken: given });

/** `POST /auth/code`. */
export type SubmittedCode = Readonly<v.InferInput<typeof codeFromProgram>>;

export const codeFromBackend = jsonObject({
  ...submitted,
  idToken: v.optional(given),
  accountId: v.optional(given),
  owner: v.optional(owner),
});

/** `POST /accounts/code`; with either `idToken` or `accountId`. */
export type SubmittedCodeOfOwner = Readonly<v.InferInput<typeof codeFromBackend>>;

export const problemPageQuery = v.object({
  problem: v.optional(once),
  return_to: v.optional(once),
  code_challenge: v.optional(once),
  invited: v.optional(flag, ['false']),
});

/** The secret of a connect link, in a query or a form; empty if it is missing. */
export const namedLink = v.object({ link: v.optional(once, ['']) });
