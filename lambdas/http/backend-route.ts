/**
 * Whether a route is for a team's own backends. API Gateway requires AWS signatures (Signature Version 4) on these
 * routes and IAM authorizes the caller. All other routes are open to the internet and authenticate callers themselves.
 */
export function isBackendRoute(routeKey: string): boolean {
  return /^[A-Z]+ \/(accounts|changes)(\/|$)/.test(routeKey);
}
