import { expect, test } from 'vitest';
import { byRouteKey, createHandler } from '../../../lambdas/http/handler.ts';
import { json } from '../../../lambdas/http/response.ts';
import { ask, jsonOf } from '../../support/api-event.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';

const handler = createHandler(
  byRouteKey({
    'GET /accounts': async () => json<object>(200, { it: 'lists' }),
    'GET /accounts/{accountId}': async () => json<object>(200, { it: 'shows' }),
  }),
  { origin: 'https://mail.example.com', log: recordingLog() },
);

test('each route of a function answers its own requests', async () => {
  expect(jsonOf(await ask(handler, 'GET /accounts'))).toEqual({ it: 'lists' });
  expect(jsonOf(await ask(handler, 'GET /accounts/{accountId}'))).toEqual({ it: 'shows' });
});

test('what the table of routes does not lead here is not answered', async () => {
  expect(jsonOf(await ask(handler, 'DELETE /accounts/{accountId}'))).toMatchObject({
    status: 503,
    code: 'misconfigured',
  });
});
