/**
 * Whether a route is one of a team's own backends: API Gateway lets only requests through that are signed with
 * AWS credentials (Signature Version 4) and allowed by IAM. Every other route is open, and knows its callers itself.
 */
export function isBackendRoute(routeKey: string): boolean {
  return /^[A-Z]+ \/(accounts|changes)(\/|$)/.test(routeKey);
}
