import type { RouteKey } from '../lambdas/api/routes.ts';

/**
 * The routes of each deployed function. The schedule or the queue starts those without a route. A function's name here
 * is its name everywhere: its file in `lambdas/`, its CDK ID, its log group.
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
 * Routes for unknown paths, which get a problem as their answer. `ANY` and `$default` would catch `OPTIONS` as well,
 * and API Gateway would no longer answer CORS preflights itself.
 */
const unknownPaths = ['GET /{proxy+}', 'POST /{proxy+}', 'DELETE /{proxy+}'];

/** The routes of each function, and those for unknown paths. */
export const deployedRoutes: Readonly<Record<keyof typeof routes, readonly string[]>> = {
  ...routes,
  page: [...routes.page, ...unknownPaths],
};

export type FunctionName = keyof typeof routes;

export const functionNames = Object.keys(routes) as FunctionName[];

/** The requests that API Gateway accepts: each second, and at once. */
export interface Throttle {
  readonly rateLimit: number;
  readonly burstLimit: number;
}

export const usualThrottle: Throttle = { rateLimit: 50, burstLimit: 100 };

/** For routes without a session that write a row or call Google. */
const signIn: Throttle = { rateLimit: 20, burstLimit: 40 };

/** For routes of which one request may cost 40 calls of Gmail. */
const live: Throttle = { rateLimit: 25, burstLimit: 50 };

const throttles: Readonly<Partial<Record<FunctionName, Throttle>>> = {
  'auth-url': signIn,
  'auth-callback': signIn,
  'auth-session': signIn,
  'auth-code': signIn,
  'connect-link': signIn,
  'messages-list': live,
  'message-get': live,
  'labels-list': live,
};

/**
 * The throttle of each route of a function. Routes do not share it, so a flood of one route leaves the others usable.
 */
export function throttleOf(name: FunctionName): Throttle {
  return throttles[name] ?? usualThrottle;
}
