/**
 * Google's permanent refusals of an account: a Workspace administrator or the account's Advanced Protection blocks this
 * application. They come from the token endpoint and in authorization responses. Retrying does not help.
 */
const policyRefusals = ['admin_policy_enforced', 'policy_enforced', 'org_internal'];

/**
 * Whether the error of an authorization response is such a refusal. `access_denied` there is the user's own decision.
 */
export function isPolicyRefusal(error: string): boolean {
  return policyRefusals.includes(error);
}

/** The same for an error of the token endpoint. No user decides there, so `access_denied` is a refusal too. */
export function isPolicyRefusalOfToken(error: string): boolean {
  return error === 'access_denied' || isPolicyRefusal(error);
}
