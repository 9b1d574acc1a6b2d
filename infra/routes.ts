import type { RouteKey } from '../lambdas/api/routes.ts';

/**
 * The one table of routes: which deployed function answers which HTTP routes; those without a route are started by
 * the schedule or the queue. The cloud stacks, the local
 * environment and the tests all read it. A function's name here is its name everywhere: its file in
 * `lambdas/`, its CDK id, its log group.
 */
export const routes = {
  'auth-url': ['GET /auth/url', 'GET /auth/login', 'POST /auth/login'],
  'auth-callback': ['GET /auth/callback'],
  'auth-problem': ['GET /auth/problem'],
  'auth-session': ['POST /auth/session'],
  'auth-code': ['POST /auth/code', 'POST /accounts/code'],
  'auth-logout': ['POST /auth/logout'],
  'connect-link-create': ['POST /accounts/connect-links'],
  'connect-link': ['GET /connect', 'POST /connect'],
  'accounts-list': ['GET /accounts', 'GET /accounts/{accountId}'],
  'access-token': ['POST /accounts/{accountId}/access-token'],
  'messages-list': ['GET /messages', 'GET /accounts/{accountId}/messages'],
  'message-get': ['GET /messages/{id}', 'GET /accounts/{accountId}/messages/{id}'],
  'labels-list': ['GET /mailbox/labels', 'GET /accounts/{accountId}/labels'],
  'mailbox-status': ['GET /mailbox'],
  'mailbox-disconnect': ['DELETE /mailbox', 'DELETE /accounts/{accountId}'],
  'copy-list': [
    'GET /mailbox/messages',
    'GET /mailbox/messages/{id}',
    'GET /accounts/{accountId}/mailbox/messages',
    'GET /accounts/{accountId}/mailbox/messages/{id}',
  ],
  'sync-request': [
    'POST /mailbox/sync',
    'POST /mailbox/verify',
    'POST /accounts/{accountId}/sync',
    'POST /accounts/{accountId}/verify',
  ],
  'changes-list': ['GET /mailbox/changes', 'GET /accounts/{accountId}/changes', 'GET /changes'],
  'changes-publish': [],
  'sync-dispatch': [],
  'sync-mailbox': [],
  'sync-sweep': [],
  page: ['GET /', 'GET /page.js', 'GET /page.css'],
  'api-description': ['GET /openapi.json', 'GET /docs', 'GET /docs.css'],
} as const satisfies Readonly<Record<string, readonly RouteKey[]>>;

/**
 * Catches every path that no route has, to answer it in words. These three methods, and neither `ANY` nor `$default`:
 * those catch `OPTIONS` as well, and API Gateway would no longer answer CORS preflights itself.
 */
const unknownPaths = ['GET /{proxy+}', 'POST /{proxy+}', 'DELETE /{proxy+}'];

/** The routes of each function as they are deployed: the API's, and those that catch unknown paths. */
export const deployedRoutes: Readonly<Record<keyof typeof routes, readonly string[]>> = {
  ...routes,
  page: [...routes.page, ...unknownPaths],
};

/** The name of a deployed function. */
export type FunctionName = keyof typeof routes;

/** Every function that is deployed, in the order of the route table. */
export const functionNames = Object.keys(routes) as FunctionName[];

/** How many requests API Gateway lets through: a second, and at once. */
export interface Throttle {
  readonly rateLimit: number;
  readonly burstLimit: number;
}

/**
 * The throttle of each route of a function, and of its routes alone: so a client that floods one route, signed in or
 * not, takes nothing from the callers of the others.
 */
const throttles = {
  /** Anybody may call it without a session; it writes a row, or asks Google. */
  signIn: { rateLimit: 20, burstLimit: 40 },
  /** One request may cost 40 calls of Gmail. */
  live: { rateLimit: 25, burstLimit: 50 },
  usual: { rateLimit: 50, burstLimit: 100 },
} as const satisfies Record<string, Throttle>;

/** What holds for a route that is not told otherwise. */
export const usualThrottle: Throttle = throttles.usual;

const throttledMore: Readonly<Partial<Record<FunctionName, Throttle>>> = {
  'auth-url': throttles.signIn,
  'auth-callback': throttles.signIn,
  'auth-session': throttles.signIn,
  'auth-code': throttles.signIn,
  'connect-link': throttles.signIn,
  'messages-list': throttles.live,
  'message-get': throttles.live,
  'labels-list': throttles.live,
};

/** The throttle of each of the function's routes. */
export function throttleOf(name: FunctionName): Throttle {
  return throttledMore[name] ?? usualThrottle;
}
