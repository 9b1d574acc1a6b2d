/**
 * Google's lasting refusals of an account: a Workspace administrator forbids this application, or the account's own
 * Advanced Protection does. They come from the token endpoint and in authorization responses. Waiting does not help.
 */
const policyRefusals = ['admin_policy_enforced', 'policy_enforced', 'org_internal'];

/** Whether the error of an authorization response is such a refusal; `access_denied` there is the person's own no. */
export function isPolicyRefusal(error: string): boolean {
  return policyRefusals.includes(error);
}

/** The same for an error of the token endpoint: no person answers there, so `access_denied` is a refusal too. */
export function isPolicyRefusalOfToken(error: string): boolean {
  return error === 'access_denied' || isPolicyRefusal(error);
}
