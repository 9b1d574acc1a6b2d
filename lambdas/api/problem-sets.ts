import { googleFailures, type ProblemCode } from '../errors.ts';

type Codes = readonly ProblemCode[];

/** Of every route. */
export const ofAll: Codes = ['invalid_request', 'internal_error'];

/** Of every function that keeps or looks up anything. */
export const stored: Codes = ['storage_unavailable', 'misconfigured'];

/** Where the caller must have a session. */
export const ofSessions: Codes = [...stored, 'login_required'];

/** Where a cookie alone does not suffice. */
export const ofChanging: Codes = [...ofSessions, 'cross_site'];

/** Of every route of backends that names an account. */
export const ofAccounts: Codes = [...stored, 'not_found'];

/** Where the token key is used. */
const vault: Codes = ['vault_unavailable', 'grant_unreadable'];

/** Where a grant is used. */
export const ofGrants: Codes = [
  ...googleFailures,
  ...vault,
  'grant_revoked',
  'client_changed',
  'insufficient_scope',
  'domain_policy',
];

/** Where Gmail is asked. */
export const ofGmail: Codes = [...ofGrants, 'gmail_not_enabled', 'rate_limited', 'not_found'];

/** Where a consent begins. */
export const ofStarting: Codes = [...stored, 'vault_unavailable'];

/** Where a consent is completed. */
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
