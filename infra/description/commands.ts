import type { RouteKey } from '../../lambdas/api/routes.ts';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';

/** What the route does not determine of a command. */
interface Call {
  /** The path with its query. */
  readonly target?: string;
  readonly json?: string;
  readonly options?: string;
}

/** Routes that only pages of this site use. They have no command. */
const usedByPages: readonly RouteKey[] = [
  'GET /page.js',
  'GET /page.css',
  'GET /docs.css',
  'GET /auth/callback',
  'GET /auth/problem',
  'POST /auth/login',
  'POST /connect',
];

const code = `\\"code\\": \\"$CODE\\", \\"state\\": \\"$STATE\\", \\"codeVerifier\\": \\"$VERIFIER\\"`;

const calls: Partial<Record<RouteKey, Call>> = {
  'GET /auth/login': { target: '/auth/login?login_hint=ada@example.com&return_to=/mailbox', options: '-i ' },
  'GET /auth/url': { target: '/auth/url?purpose=code&code_challenge=$CHALLENGE' },
  'POST /auth/session': { json: `{\\"handoff\\": \\"$HANDOFF\\", \\"codeVerifier\\": \\"$VERIFIER\\"}` },
  'POST /auth/code': { json: `{${code}, \\"idToken\\": \\"$ID_TOKEN\\"}` },
  'GET /connect': { target: '/connect?link=$LINK' },
  'GET /messages': { target: '/messages?q=is:unread&maxResults=2&view=summary' },
  'GET /messages/{id}': { target: '/messages/$MESSAGE_ID?format=minimal' },
  'GET /mailbox/messages': { target: '/mailbox/messages?labelId=INBOX&after=2026-11-01&maxResults=5' },
  'GET /mailbox/changes': { target: '/mailbox/changes?maxResults=2' },
  'GET /accounts': { target: '/accounts?owner=tenant-7&status=active' },
  'GET /accounts/{accountId}': { target: '/accounts/$ACCOUNT_ID?owner=tenant-7' },
  'GET /accounts/{accountId}/messages': {
    target: '/accounts/$ACCOUNT_ID/messages?maxResults=1&owner=tenant-7',
  },
  'GET /changes': { target: '/changes?maxResults=1&owner=tenant-7' },
  'POST /accounts/connect-links': {
    json: `{\\"owner\\": \\"tenant-7\\", \\"requester\\": \\"Example Ltd\\"}`,
  },
  'POST /accounts/code': { json: `{${code}, \\"idToken\\": \\"$ID_TOKEN\\", \\"owner\\": \\"tenant-7\\"}` },
};

/** The curl command for a route, with the variables that lambdas/api/README.md defines; undefined if it has none. */
export function commandOf(route: RouteKey, isPublic: boolean): string | undefined {
  if (usedByPages.includes(route)) return undefined;
  const [method = '', path = ''] = route.split(' ');
  const { target = path, json, options = '' } = calls[route] ?? {};
  const address = target
    .replace('{accountId}', '$ACCOUNT_ID')
    .replace('/messages/{id}', '/messages/$MESSAGE_ID');
  const verb = method === 'GET' || json !== undefined ? '' : `-X ${method} `;
  const body = json === undefined ? '' : `--json "${json}" `;
  return `curl ${verb}${options}${proofOf(route, isPublic)}${body}"$SITE${address}"`;
}

function proofOf(route: RouteKey, isPublic: boolean): string {
  if (isBackendRoute(route)) return '--aws-sigv4 "$SIGNING" --user "$KEYS" ';
  return isPublic ? '' : '-H "Authorization: Bearer $SESSION" ';
}
