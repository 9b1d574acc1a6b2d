import { describe, expect, test } from 'vitest';
import { functionNames, routes } from '../../../infra/routes.ts';
import { isBackendRoute } from '../../../lambdas/http/backend-route.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import { json } from '../../../lambdas/http/response.ts';
import { ask, backendRole, requestId } from '../../support/api-event.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';

const backendRoutes = functionNames
  .flatMap((name): readonly string[] => routes[name])
  .filter((route) => isBackendRoute(route));

/** The line that a request of this route leaves, signed by a backend. */
async function lineOf(route: string) {
  const log = recordingLog();
  const handler = createHandler(async () => json<object>(200, {}), {
    origin: 'https://mail.example.com',
    log,
  });
  const pathParameters = { accountId: '107', id: 'message-canary' };
  const named = Object.entries(pathParameters).filter(([name]) => route.includes(`{${name}}`));
  await ask(handler, route, { signedBy: backendRole, pathParameters: Object.fromEntries(named) });
  return log.lines;
}

describe('what a backend reads or does leaves a line of audit', () => {
  test.each(backendRoutes)('%s: who signed it, what it was, whose account, which request', async (route) => {
    const lines = await lineOf(route);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      event: 'request',
      requestId,
      route,
      status: 200,
      signedBy: backendRole,
    });
    expect(lines[0]?.accountId).toBe(route.includes('{accountId}') ? '107' : undefined);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  test('every kind of read of mail is among them', () => {
    expect(backendRoutes).toEqual(
      expect.arrayContaining([
        'GET /accounts/{accountId}/messages',
        'GET /accounts/{accountId}/messages/{id}',
        'GET /accounts/{accountId}/labels',
        'GET /accounts/{accountId}/mailbox/messages',
        'GET /accounts/{accountId}/changes',
        'GET /changes',
        'POST /accounts/{accountId}/access-token',
      ]),
    );
  });
});
