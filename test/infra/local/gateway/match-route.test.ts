import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchRoute } from '../../../../infra/local/api-gateway.ts';
import { deployedRoutes } from '../../../../infra/routes.ts';

const table = {
  one: ['GET /messages/{id}', 'GET /'],
  latest: ['GET /messages/latest'],
  list: ['GET /messages'],
  out: ['POST /auth/logout'],
};

test.each([
  ['GET', '/', 'one', 'GET /'],
  ['GET', '/messages', 'list', 'GET /messages'],
  ['POST', '/auth/logout', 'out', 'POST /auth/logout'],
])('%s %s goes to %s', (method, path, functionName, routeKey) => {
  expect(matchRoute(method, path, table)).toEqual({ functionName, routeKey, pathParameters: undefined });
});

test('a variable stands for one segment, decoded', () => {
  expect(matchRoute('GET', '/messages/a%20b%2Fc', table)).toEqual({
    functionName: 'one',
    routeKey: 'GET /messages/{id}',
    pathParameters: { id: 'a b/c' },
  });
});

test('a literal path wins over a variable', () => {
  expect(matchRoute('GET', '/messages/latest', table)?.functionName).toBe('latest');
});

test.each([
  ['/messages', 'list', undefined],
  ['/messages/a', 'one', { id: 'a' }],
  ['/messages/', 'unknown', { proxy: 'messages/' }],
  ['/a%20b/c', 'unknown', { proxy: 'a b/c' }],
  ['//messages', 'unknown', { proxy: '/messages' }],
  ['/', 'one', undefined],
])('a greedy variable gets what no other route has, decoded: %s goes to %s', (path, name, pathParameters) => {
  const match = matchRoute('GET', path, { unknown: ['GET /{proxy+}'], ...table });
  expect(match).toMatchObject({ functionName: name });
  expect(match?.pathParameters).toEqual(pathParameters);
});

test.each([
  ['HEAD', '/messages'],
  ['OPTIONS', '/messages'],
  ['get', '/messages'],
  ['GET', '/messages/'],
  ['GET', '//messages'],
  ['GET', '/messages/a/b'],
  ['GET', '/auth/logout'],
  ['GET', '/nothing'],
  ['GET', ''],
])('%s "%s" has no route', (method, path) => {
  expect(matchRoute(method, path, table)).toBeUndefined();
});

test('every route of the site leads to its own function', () => {
  for (const [functionName, keys] of Object.entries(deployedRoutes)) {
    for (const routeKey of keys) {
      const [method = '', path = ''] = routeKey.replaceAll(/\{\w+\+?\}/g, 'x').split(' ');
      expect(matchRoute(method, path)).toMatchObject({ functionName, routeKey });
    }
  }
});

test('whatever the ID, it arrives as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
      const match = matchRoute('GET', `/messages/${encodeURIComponent(id)}`, {
        one: ['GET /messages/{id}'],
      });
      expect(match?.pathParameters).toEqual({ id });
    }),
  );
});
