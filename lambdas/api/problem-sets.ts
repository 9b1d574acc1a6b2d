import { googleFailures, type ProblemCode } from '../errors.ts';

type Codes = readonly ProblemCode[];

/** Of every route. */
export const commonProblems: Codes = ['invalid_request', 'internal_error'];

/** Of every function that reads or writes a table. */
export const storageProblems: Codes = ['storage_unavailable', 'misconfigured'];

/** Of routes that require a session. */
export const sessionProblems: Codes = [...storageProblems, 'login_required'];

/** Of routes that change something, for which a cookie alone does not suffice. */
export const changeProblems: Codes = [...sessionProblems, 'cross_site'];

/** Of every route of backends that names an account. */
export const accountProblems: Codes = [...storageProblems, 'not_found'];

/** Of routes that use the token key. */
const vaultProblems: Codes = ['vault_unavailable', 'grant_unreadable'];

/** Of routes that use a grant. */
export const grantUseProblems: Codes = [
  ...googleFailures,
  ...vaultProblems,
  'grant_revoked',
  'client_changed',
  'insufficient_scope',
  'domain_policy',
];

/** Of routes that call Gmail. */
export const gmailProblems: Codes = [...grantUseProblems, 'gmail_not_enabled', 'rate_limited', 'not_found'];

/** Of routes that start a consent. */
export const consentStartProblems: Codes = [...storageProblems, 'vault_unavailable'];

/** Of routes that complete a consent. */
export const consentProblems: Codes = [
  ...storageProblems,
  ...googleFailures,
  ...vaultProblems,
  'invalid_state',
  'code_exchange_failed',
  'no_refresh_token',
  'no_user_id',
  'insufficient_scope',
  'domain_policy',
  'gmail_not_enabled',
  'sign_up_closed',
];
