import type { CopiedLabel } from '../../lambdas/copied-message.ts';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { createAccessTokens } from '../../lambdas/grants/access-tokens.ts';
import { createCookieJar } from '../../lambdas/http/cookies.ts';
import { createHandler } from '../../lambdas/http/handler.ts';
import { offerLogin } from '../../lambdas/http/problem-response.ts';
import { getMessageRoute } from '../../lambdas/live/get-message.ts';
import { listLabelsRoute } from '../../lambdas/live/list-labels.ts';
import { listMessagesRoute } from '../../lambdas/live/list-messages.ts';
import { createLiveUnits, type LiveUnitsOptions } from '../../lambdas/live/live-units.ts';
import type { CopiedSummaries } from '../../lambdas/live/summaries.ts';
import { ask, backendRole, type TestRequest } from './api-event.ts';
import { bindingCipher } from './doubles/binding-cipher.ts';
import { testClock, testStart } from './doubles/clock.ts';
import { askedScopes, grantOf } from './doubles/grants.ts';
import { memoryGrants } from './doubles/memory-grants.ts';
import { memorySessions, sessionOf } from './doubles/memory-sessions.ts';
import { recordingLog } from './doubles/recording-log.ts';
import { scriptedMailbox } from './doubles/scripted-mailbox.ts';
import { scriptedRefresh } from './doubles/scripted-refresh.ts';
import { tokenNamed } from './doubles/tokens.ts';

const origin = 'https://mail.example.com';
const session = tokenNamed('session');

/** Live units of which none are ever counted. */
const unlimitedUnits = {
  quota: quotaProfiles['2026'],
  minute: 60_000,
  store: { add: async () => 0 },
  unitsOfSync: undefined,
};

/** The functions that read Gmail, for a signed-in account with a grant, over a scripted Google. */
export async function liveSite(
  grantChanges: Parameters<typeof grantOf>[1] = {},
  {
    copied,
    copiedLabels = [],
    units = {},
  }: {
    readonly copied?: CopiedSummaries;
    readonly copiedLabels?: readonly CopiedLabel[];
    readonly units?: Partial<LiveUnitsOptions>;
  } = {},
) {
  const clock = testClock();
  const cipher = bindingCipher();
  const log = recordingLog();
  const grant = await grantOf(cipher, {
    accessToken: { token: 'stored-access-token', expiresAt: testStart + 3_600_000 },
    ...grantChanges,
  });
  const grants = memoryGrants(grant);
  const sessions = memorySessions(sessionOf(session));
  const google = scriptedRefresh(clock);
  const mailbox = scriptedMailbox();
  const dependencies = {
    sessions,
    grants,
    accessTokens: createAccessTokens({ grants, cipher, google, log, metrics: () => {}, clock }),
    openMailbox: mailbox.open,
    clientId: async () => 'client-1',
    openUnits: createLiveUnits({ ...unlimitedUnits, log, clock, ...units }),
    scopes: askedScopes,
    cookies: createCookieJar(origin),
    clock,
  };
  const options = { origin, log, clock, redirectBrowser: offerLogin(origin) };
  const listHandler = createHandler(listMessagesRoute({ ...dependencies, copied }), options);
  const getHandler = createHandler(getMessageRoute(dependencies), options);
  const labelsHandler = createHandler(
    listLabelsRoute({ ...dependencies, copied: { list: async () => copiedLabels } }),
    options,
  );
  const cookies = { '__Host-session': session };
  const list = (query = '', request: TestRequest = {}) =>
    ask(listHandler, 'GET /messages', { cookies, query, ...request });
  const get = (id: string, query = '', request: TestRequest = {}) =>
    ask(getHandler, 'GET /messages/{id}', { cookies, query, pathParameters: { id }, ...request });
  const labels = (query = '', request: TestRequest = {}) =>
    ask(labelsHandler, 'GET /mailbox/labels', { cookies, query, ...request });
  /** The same functions on the routes of backends. */
  const backend = {
    list: (query = '', request: TestRequest = { signedBy: backendRole }) =>
      ask(listHandler, 'GET /accounts/{accountId}/messages', {
        query,
        pathParameters: { accountId: 'account-1' },
        ...request,
      }),
    get: (id: string, query = '', request: TestRequest = { signedBy: backendRole }) =>
      ask(getHandler, 'GET /accounts/{accountId}/messages/{id}', {
        query,
        pathParameters: { accountId: 'account-1', id },
        ...request,
      }),
    labels: (query = '', request: TestRequest = { signedBy: backendRole }) =>
      ask(labelsHandler, 'GET /accounts/{accountId}/labels', {
        query,
        pathParameters: { accountId: 'account-1' },
        ...request,
      }),
  };
  return { clock, cipher, log, grant, grants, sessions, google, mailbox, list, get, labels, backend };
}
