import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { routes } from '../../../infra/routes.ts';
import { problems } from '../../../lambdas/errors.ts';
import { describedAnswers } from '../../support/described-answers.ts';
import { leaveSeen, neverSeen } from '../../support/seen-answers.ts';

interface Given {
  readonly routeKey?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const inJson = { 'content-type': 'application/json' };
const inHtml = { 'content-type': 'text/html; charset=utf-8' };
const asProblem = { 'content-type': 'application/problem+json' };
const list = { messages: [{ id: '1', threadId: '1' }], resultSizeEstimate: 1 };
const refused = {
  type: 'about:blank',
  title: 'You are not signed in',
  status: 401,
  code: 'login_required',
  detail: 'Sign in with Google first.',
  requestId: 'request-1',
  authorizationUrl: 'https://mail.example.com/auth/login',
};

function faultsOf({ routeKey = 'GET /messages', status = 200, headers = inJson, body = list }: Given) {
  const answers = describedAnswers();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const content = headers['content-encoding'] === 'gzip' ? gzipSync(text) : Buffer.from(text);
  answers.look({ routeKey, target: '/', response: { status, headers, body: content } });
  return answers;
}

it.each<[string, Given]>([
  ['a list', {}],
  ['a problem', { status: 401, headers: asProblem, body: refused }],
  ['a page of it', { status: 401, headers: inHtml, body: '<!doctype html>' }],
  [
    'a message of Gmail’s, with more than is known',
    { routeKey: 'GET /messages/{id}', body: { id: '1', threadId: '1', new: 1 } },
  ],
  ['a redirect', { routeKey: 'GET /auth/login', status: 303, headers: { location: '/' }, body: '' }],
  [
    'a browser led to a new consent',
    { status: 303, headers: { location: 'https://x.example/auth/login?return_to=%2Fmessages' }, body: '' },
  ],
  ['the gateway’s own', { routeKey: 'GET /accounts', status: 403, body: { message: 'Forbidden' } }],
  [
    'what is compressed',
    {
      routeKey: 'GET /openapi.json',
      headers: { ...inJson, 'content-encoding': 'gzip' },
      body: { openapi: '3.1.1' },
    },
  ],
])('an answer as it is described is no fault: %s', (_, given) => {
  expect(faultsOf(given).faults).toEqual([]);
});

it.each<[string, Given, string]>([
  ['a field that is missing', { body: { messages: [] } }, 'resultSizeEstimate'],
  ['a field of another type', { body: { ...list, messages: [{ id: 1, threadId: '1' }] } }, 'must be string'],
  ['a field that is not described', { body: { ...list, secret: 1 } }, 'additional properties'],
  ['one deeper down', { body: { ...list, messages: [{ id: '1', threadId: '1', more: 1 }] } }, 'additional'],
  ['a status', { status: 418, headers: asProblem, body: refused }, 'this status is not described'],
  ['a failure that is neither a problem nor the gateway’s', { status: 401, body: refused }, "'message'"],
  [
    'a page at a route for backends',
    { routeKey: 'GET /accounts', status: 400, headers: inHtml, body: '<!doctype html>' },
    'this type is not described',
  ],
  [
    'a type of content',
    { headers: { 'content-type': 'text/csv' }, body: 'a,b' },
    'this type is not described',
  ],
  [
    'a code at a route that has it not',
    { status: 401, headers: asProblem, body: { ...refused, code: 'client_chanegd' } },
    'allowed values',
  ],
  [
    'a code under another status',
    { status: 403, headers: asProblem, body: { ...refused, status: 403 } },
    'allowed values',
  ],
  [
    'a time that is none',
    { routeKey: 'GET /auth/url', body: { authorizationUrl: 'https://x.example', expiresAt: '1' } },
    'date-time',
  ],
  ['a redirect elsewhere', { status: 303, headers: { location: '/' }, body: '' }, 'not described'],
  [
    'a redirect to nowhere',
    { routeKey: 'GET /auth/login', status: 303, headers: {}, body: '' },
    'no location',
  ],
  [
    'a body where there is none',
    { routeKey: 'POST /auth/logout', status: 204, headers: {}, body: 'x' },
    'empty',
  ],
  ['what is no JSON', { body: '{' }, 'JSON'],
])('an answer that is otherwise is a fault: %s', (_, given, words) => {
  const { faults } = faultsOf(given);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(words);
});

it('routes and codes are remembered, those of pages too', () => {
  const page = '<p><small>invalid_link, request 1</small></p>';
  const shown = faultsOf({ routeKey: 'GET /connect', status: 400, headers: inHtml, body: page });
  expect([[...shown.routes], [...shown.codes]]).toEqual([['GET /connect'], ['invalid_link']]);
  const told = faultsOf({ status: 401, headers: asProblem, body: refused });
  expect([...told.codes]).toEqual(['login_required']);
});

it('what no site of a run has answered is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seen-answers-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const all = new Set<string>(Object.values(routes).flat());
  const codes = new Set(Object.keys(problems));
  leaveSeen(folder, { routes: all.difference(new Set(['GET /docs'])), codes: new Set(['not_found']) });
  leaveSeen(folder, { routes: new Set(), codes: codes.difference(new Set(['internal_error', 'not_found'])) });
  expect(neverSeen(folder)).toEqual(['GET /docs', 'internal_error']);
});
