import { describe, expect, test } from 'vitest';
import { isProblemCode, needsConsent, Problem, problems } from '../../../lambdas/errors.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import { loginUrl, offerLogin } from '../../../lambdas/http/problem-response.ts';
import { ask, browserHeaders, jsonOf, requestId, type TestRequest } from '../../support/api-event.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';

const origin = 'https://mail.example.com';
const codes = Object.keys(problems).filter(isProblemCode);

/** What a route that throws this problem answers. */
function answerTo(problem: Problem, routeKey = 'GET /messages', request: TestRequest = {}) {
  const handler = createHandler(() => Promise.reject(problem), { origin, log: recordingLog() });
  return ask(handler, routeKey, request);
}

describe.each(codes)('%s', (code) => {
  const { status, title, detail } = problems[code];

  test('is told to a program as RFC 9457 wants, with a link of ours where a new consent is the remedy', async () => {
    const answer = await answerTo(new Problem(code));
    const prompt = code === 'account_mismatch' ? 'prompt=select_account&' : '';
    expect(answer).toMatchObject({
      status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    });
    expect(jsonOf(answer)).toEqual({
      type: 'about:blank',
      title,
      status,
      code,
      detail,
      requestId,
      ...(needsConsent(code) && { authorizationUrl: `${origin}/auth/login?${prompt}return_to=%2Fmessages` }),
    });
  });

  test('is told to a browser on a page with the same status', async () => {
    const answer = await answerTo(new Problem(code), 'GET /messages', { headers: browserHeaders });
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(answer.text).toContain(requestId);
    expect(answer.text.includes('href="https://mail.example.com/auth/login')).toBe(needsConsent(code));
  });
});

test('a page lets nothing be loaded from elsewhere, framed, sniffed or told to the next site', async () => {
  const { headers } = await answerTo(new Problem('not_found'), 'GET /messages', { headers: browserHeaders });
  expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(headers).toMatchObject({
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
});

test('words with markup are shown as words', async () => {
  const problem = new Problem('authorization_failed', { detail: `<script>alert("1")</script> & 'x'` });
  const { text } = await answerTo(problem, 'GET /auth/callback', { headers: browserHeaders });
  expect(text).not.toContain('<script>');
  expect(text).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;');
});

test('a query with markup is not reflected into the page', async () => {
  const { text } = await answerTo(new Problem('login_required'), 'GET /messages', {
    query: 'q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E',
    headers: browserHeaders,
  });
  expect(text).not.toContain('<script>');
  expect(text).not.toContain('"><');
});

test('Retry-After says the seconds to wait', async () => {
  expect((await answerTo(new Problem('rate_limited', { retryAfterSeconds: 17 }))).headers).toMatchObject({
    'retry-after': '17',
    'content-type': 'application/problem+json',
  });
  expect((await answerTo(new Problem('rate_limited'))).headers).not.toHaveProperty('retry-after');
});

describe('the link that starts a new consent', () => {
  const linkOf = async (...given: Parameters<typeof answerTo>) =>
    jsonOf(await answerTo(...given))['authorizationUrl'];

  test.each(['POST /auth/logout', 'DELETE /mailbox', 'GET /auth/callback', 'GET /auth/url'])(
    'leads to the start page after %s, which cannot be come back to',
    async (routeKey) => {
      expect(await linkOf(new Problem('login_required'), routeKey)).toBe(`${origin}/auth/login`);
    },
  );

  test('leads where the problem says, if it says so', async () => {
    expect(await linkOf(new Problem('no_user_id', { returnTo: '/mailbox' }))).toBe(
      `${origin}/auth/login?return_to=%2Fmailbox`,
    );
  });

  test('leads to the start page when the query could lead elsewhere', async () => {
    expect(await linkOf(new Problem('login_required'), 'GET /messages', { query: 'q=%5C%5Cevil' })).toBe(
      `${origin}/auth/login`,
    );
  });

  test('leads to an application elsewhere with its challenge', async () => {
    const way = { returnTo: 'https://app.example.com/?a=b', codeChallenge: 'c'.repeat(43) };
    expect(await linkOf(new Problem('no_user_id', way))).toBe(
      `${origin}/auth/login?return_to=https%3A%2F%2Fapp.example.com%2F%3Fa%3Db&code_challenge=${'c'.repeat(43)}`,
    );
  });

  test.each(['access_denied', 'google_timeout'] as const)(
    'is not there for who was invited, and %s says to open the link',
    async (code) => {
      const problem = new Problem(code, { invited: true, offerConsent: true });
      expect(await linkOf(problem)).toBeUndefined();
      for (const request of [{}, { headers: browserHeaders }]) {
        const { text } = await answerTo(problem, 'GET /auth/callback', request);
        expect(text).toContain('open it once more');
        expect(text).not.toContain('/auth/login');
      }
    },
  );

  test('says nothing of opening a link that no longer works', async () => {
    expect((await answerTo(new Problem('invalid_link', { invited: true }))).text).not.toContain('once more');
  });

  test('tells nobody who was invited to log out, which would end what the link knows the browser by', async () => {
    const invited = await answerTo(new Problem('account_mismatch', { invited: true }));
    expect(jsonOf(invited)['detail']).toMatch(/^Choose the account that the link is for\. .*once more/);
    expect((await answerTo(new Problem('account_mismatch'))).text).toContain('log out');
    const named = new Problem('account_mismatch', { invited: true, detail: 'It is for Ann; you chose Bob.' });
    expect(jsonOf(await answerTo(named))['detail']).toMatch(
      /^It is for Ann; you chose Bob\. Choose the account/,
    );
  });

  test.each(['account_mismatch', 'gmail_not_enabled'] as const)(
    'asks for another account after %s',
    async (code) => {
      const problem = new Problem(code, { offerConsent: true });
      const { text } = await answerTo(problem, 'GET /auth/callback', { headers: browserHeaders });
      expect(text).toContain(
        `<a class="button" href="${origin}/auth/login?prompt=select_account">Choose another account<`,
      );
    },
  );

  test('is also offered where the occasion asks for it', async () => {
    expect(await linkOf(new Problem('google_timeout', { offerConsent: true }))).toBeDefined();
    expect(await linkOf(new Problem('google_timeout'))).toBeUndefined();
  });

  test('can ask Google to ask again', () => {
    expect(loginUrl(origin, '/', { prompt: 'consent' })).toBe(`${origin}/auth/login?prompt=consent`);
    expect(loginUrl(origin, '/a?b=c&d=e')).toBe(`${origin}/auth/login?return_to=%2Fa%3Fb%3Dc%26d%3De`);
  });
});

describe('a browser that only has to sign in again', () => {
  const handlerFor = (problem: Problem) =>
    createHandler(() => Promise.reject(problem), {
      origin,
      log: recordingLog(),
      redirectBrowser: offerLogin(origin),
    });

  test.each(['login_required', 'grant_revoked'] as const)('is sent there for %s', async (code) => {
    const handler = handlerFor(new Problem(code));
    expect(await ask(handler, 'GET /messages', { headers: browserHeaders })).toMatchObject({
      status: 303,
      headers: { location: `${origin}/auth/login?return_to=%2Fmessages`, 'x-request-id': requestId },
      text: '',
    });
    expect((await ask(handler, 'GET /messages')).status).toBe(401);
  });

  test.each(['insufficient_scope', 'client_changed', 'google_timeout', 'not_found'] as const)(
    'is told of %s on a page',
    async (code) => {
      const answer = await ask(handlerFor(new Problem(code)), 'GET /messages', { headers: browserHeaders });
      expect(answer.status).toBe(problems[code].status);
    },
  );
});
