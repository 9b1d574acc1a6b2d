import { googleFailures, type ProblemCode } from '../errors.ts';

type Codes = readonly ProblemCode[];

/** Of every route. */
export const ofAll: Codes = ['invalid_request', 'internal_error'];

/** Of every function that reads or writes a table. */
export const stored: Codes = ['storage_unavailable', 'misconfigured'];

/** Of routes that require a session. */
export const ofSessions: Codes = [...stored, 'login_required'];

/** Of routes that change something, for which a cookie alone does not suffice. */
export const ofChanging: Codes = [...ofSessions, 'cross_site'];

/** Of every route of backends that names an account. */
export const ofAccounts: Codes = [...stored, 'not_found'];

/** Of routes that use the token key. */
const vault: Codes = ['vault_unavailable', 'grant_unreadable'];

/** Of routes that use a grant. */
export const ofGrants: Codes = [
  ...googleFailures,
  ...vault,
  'grant_revoked',
  'client_changed',
  'insufficient_scope',
  'domain_policy',
];

/** Of routes that call Gmail. */
export const ofGmail: Codes = [...ofGrants, 'gmail_not_enabled', 'rate_limited', 'not_found'];

/** Of routes that start a consent. */
export const ofStarting: Codes = [...stored, 'vault_unavailable'];

/** Of routes that complete a consent. */
export const ofCompleting: Codes = [
  ...stored,
  ...googleFailures,
  ...vault,
  'invalid_state',
  'code_exchange_failed',
  'no_refresh_token',
  'no_user_id',
  'insufficient_scope',
  'domain_policy',
  'gmail_not_enabled',
  'sign_up_closed',
];
