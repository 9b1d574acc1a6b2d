import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { isProblemCode, problems } from '../../../lambdas/errors.ts';
import type { GrantSummary } from '../../../lambdas/grants/mailbox-status.ts';
import { createCookieJar } from '../../../lambdas/http/cookies.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import { homePageRoute } from '../../../lambdas/page/home-page.ts';
import type { WelcomePage } from '../../../lambdas/page/home-views.ts';
import { problemPageRoute } from '../../../lambdas/page/problem-page.ts';
import { ask, browserHeaders } from '../../support/api-event.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { grantedScopes } from '../../support/doubles/grants.ts';
import { memorySessions, sessionOf } from '../../support/doubles/memory-sessions.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';

const origin = 'https://mail.example.com';
const session = tokenNamed('session');
const cookies = { '__Host-session': session };
const grant: GrantSummary = {
  accountId: 'account-1',
  generation: 'generation-1',
  status: 'active',
  email: 'ann@example.com',
  scopes: grantedScopes,
  connectedAt: testStart,
};

describe('the start page', () => {
  const script = 'let a = 1;'.repeat(100);

  function home(summary: GrantSummary | undefined = grant, signUp: WelcomePage['signUp'] = 'open') {
    const clock = testClock();
    const handler = createHandler(
      homePageRoute({
        scopes: ['https://www.googleapis.com/auth/gmail.readonly'],
        wordsForScopes: (scopes) => scopes.map((scope) => `use <${scope}>`),
        sessions: memorySessions(sessionOf(session)),
        grantSummary: async () => summary,
        cookies: createCookieJar(origin),
        signUp,
        origin,
        script,
        style: 'p {}',
        clock,
      }),
      { origin, log: recordingLog() },
    );
    return { clock, show: (given = {}) => ask(handler, 'GET /', given), handler };
  }

  test.each([
    ['GET', browserHeaders, /<h1>Not found<\/h1>[\s\S]*no page at this address[\s\S]*href="\/">Start page</],
    ['GET', {}, /"code":"not_found"/],
    ['POST', {}, /"code":"not_found"/],
    ['DELETE', {}, /"code":"not_found"/],
  ])(
    '%s of an unknown path is a page to a browser, a problem to a program: %j',
    async (method, headers, text) => {
      const answer = await ask(home().handler, `${method} /{proxy+}`, {
        headers,
        cookies,
      });
      expect(answer.status).toBe(404);
      expect(answer.text).toMatch(text);
    },
  );

  test('says who is signed in, since when, what the grant opens, and brings its script', async () => {
    const { text, status } = await home().show({ cookies });
    expect(status).toBe(200);
    expect(text).toContain('Signed in as <strong><bdi>ann@example.com</bdi></strong>');
    expect(text).toContain(`<time datetime="${new Date(testStart).toISOString()}">`);
    expect(text).toContain('use &lt;https://www.googleapis.com/auth/gmail.readonly&gt;');
    expect(text).toMatch(/<script type="module" src="\/page\.js\?v=[\w-]{16}"><\/script>/);
  });

  test('says until when Google gives access, where that is limited', async () => {
    const { text } = await home({ ...grant, grantExpiresAt: testStart + 86_400_000 }).show({ cookies });
    expect(text).toContain(
      'Google ends this access on <time datetime="2026-11-02T00:00:00.000Z">02 Nov 2026',
    );
    const ended = await home({ ...grant, status: 'revoked', grantExpiresAt: testStart }).show({ cookies });
    for (const shown of [ended, await home().show({ cookies })]) {
      expect(shown.text).not.toContain('Google ends this access');
    }
  });

  test('says to who is not signed in what it is and what will be asked, and offers to connect', async () => {
    const { text } = await home().show();
    expect(text).toContain(`href="${origin}/auth/login"`);
    expect(text).toContain('use &lt;https://www.googleapis.com/auth/gmail.readonly&gt;');
    expect(text).not.toContain('ann@example.com');
    expect(text).not.toContain('<script');
  });

  test.each([
    ['open', 'Connect Gmail', false],
    ['domains', 'Connect Gmail', true],
    ['links-only', 'Sign in', true],
  ] as const)('invites strangers as far as they may connect: %s', async (signUp, button, invitation) => {
    const { text } = await home(undefined, signUp).show();
    const ways = [...text.matchAll(/<a class="button" href="([^"]+)">([^<]+)</g)];
    expect(ways.map(([, href, words]) => [href, words])).toEqual([[`${origin}/auth/login`, button]]);
    expect(text.includes('open the link you were sent')).toBe(invitation);
  });

  test.each([
    ['revoked', 0],
    ['unrevoked', 1],
    ['reconnected', 0],
  ])('confirms a disconnect, on a page without script: %s', async (how, removals) => {
    const query = `disconnected=${how}`;
    const { text } = await home().show({ query });
    expect(text).toContain('<h1>Disconnected</h1>');
    expect(text.split('https://myaccount.google.com/connections')).toHaveLength(removals + 1);
    expect(text).not.toContain('<script');
    expect((await home().show({ query, cookies })).text).toContain('Signed in');
    expect((await home().show({ query: 'disconnected=toString' })).text).not.toContain('Disconnected');
  });

  test('leads a shared search through the consent', async () => {
    const { text } = await home().show({ query: 'q=is%3Aunread' });
    expect(text).toContain(`href="${origin}/auth/login?return_to=%2F%3Fq%3Dis%253Aunread"`);
    expect((await home().show({ query: 'q=%5C%5Cevil' })).text).toContain(`href="${origin}/auth/login"`);
  });

  test('knows nobody by an idle session, a session without its grant, or one of an older generation', async () => {
    const idle = home();
    idle.clock.pass(30 * 86_400_000);
    expect((await idle.show({ cookies })).text).not.toContain('Signed in');
    expect((await home({ ...grant, generation: 'generation-2' }).show({ cookies })).text).not.toContain(
      'Signed in',
    );
  });

  test('offers to reconnect where the list will be when the grant is revoked, and only then', async () => {
    const { text } = await home({ ...grant, status: 'revoked' }).show({ cookies });
    expect(text).toMatch(/<div id="results"[^>]*>\s*<section[\s\S]*>Reconnect</);
    expect((await home().show({ cookies })).text).not.toContain('Reconnect');
  });

  test('offers to reconnect where the grant lacks a Gmail scope that is asked for now', async () => {
    const { text } = await home({ ...grant, scopes: ['openid'] }).show({ cookies });
    expect(text).toContain('Reconnect');
  });

  test('has words for an account whose address Google did not tell', async () => {
    const { text } = await home({ ...grant, email: '' }).show({ cookies });
    expect(text).toContain('Signed in as <strong><bdi>your Google account</bdi></strong>');
  });

  test('shows an address with markup as text', async () => {
    const { text } = await home({ ...grant, email: '"<script>"@example.com' }).show({ cookies });
    expect(text).not.toContain('<script>"');
    expect(text).toContain('&quot;&lt;script&gt;&quot;@example.com');
  });

  test('loads nothing but its own, and holds no script and no style itself', async () => {
    const { text, headers } = await home().show({ cookies });
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(text).not.toMatch(/<script(?! type="module" src)|<style|\s(on\w+|style)=/);
  });

  describe('its files', () => {
    const addressIn = async (pattern: RegExp) =>
      pattern.exec((await home().show({ cookies })).text)?.[1] ?? '';

    test('stay in the browser for good under the address that the page names', async () => {
      const { handler } = home();
      const [path, query] = (await addressIn(/src="([^"]+)"/)).split('?');
      const answer = await ask(handler, `GET ${path}`, query === undefined ? {} : { query });
      expect(answer).toMatchObject({
        status: 200,
        text: script,
        headers: {
          'content-type': 'text/javascript; charset=utf-8',
          'cache-control': 'public, max-age=31536000, immutable',
        },
      });
      const [sheet, sheetQuery] = (await addressIn(/rel="stylesheet" href="([^"]+)"/)).split('?');
      const style = await ask(handler, `GET ${sheet}`, sheetQuery === undefined ? {} : { query: sheetQuery });
      expect(style).toMatchObject({ text: 'p {}', headers: { 'content-type': 'text/css; charset=utf-8' } });
    });

    test('are asked about anew under any other, as the pages of other functions name them', async () => {
      const { handler } = home();
      const { headers } = await ask(handler, 'GET /page.css');
      expect(headers['cache-control']).toBe('public, max-age=300');
      const again = await ask(handler, 'GET /page.css', {
        headers: { 'if-none-match': headers['etag'] ?? '' },
      });
      expect(again).toMatchObject({ status: 304, text: '' });
      const old = await ask(handler, 'GET /page.css', {
        query: 'v=old',
        headers: { 'if-none-match': '"old"' },
      });
      expect(old).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=300' } });
    });

    test('come compressed to who can read that', async () => {
      const { handler } = home();
      const { headers, text } = await ask(handler, 'GET /page.js', {
        headers: { 'accept-encoding': 'gzip, br' },
      });
      expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
      expect(gunzipSync(Buffer.from(text, 'base64')).toString()).toBe(script);
    });
  });
});

describe('the page of a problem', () => {
  const log = recordingLog();
  const handler = createHandler(
    problemPageRoute({
      origin,
      allowedReturnOrigins: ['https://app.example.com', 'https://app.example.com/home'],
      cookies: createCookieJar(origin),
    }),
    {
      origin,
      log,
    },
  );
  const show = (query: string, headers = browserHeaders) =>
    ask(handler, 'GET /auth/problem', { query, headers });

  test.each(Object.keys(problems).filter(isProblemCode))('tells of %s with its status', async (code) => {
    const answer = await show(`problem=${code}&return_to=%2Fmailbox`);
    expect(answer.status).toBe(problems[code].status);
    const login = /href="https:\/\/mail\.example\.com\/auth\/login\?[^"]*return_to=%2Fmailbox"/;
    expect(login.test(answer.text)).toBe(code !== 'sign_up_closed');
  });

  test('offers a refused stranger no other consent, but the way to remove the access at Google', async () => {
    const { text } = await show('problem=sign_up_closed');
    const links = [...text.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, href]) => href);
    expect(links).toEqual(['/', 'https://myaccount.google.com/connections', '/']);
    expect(text).toContain('this site cannot use it');
  });

  test('always offers to start again, since a consent has failed', async () => {
    expect((await show('problem=no_user_id')).text).toContain('/auth/login');
    expect((await show('problem=google_unavailable')).text).toContain('/auth/login');
  });

  test('tells a browser that sends no cookie so, and one that does that its sign-in is over', async () => {
    const words = 'Your browser sent no cookie of this site';
    expect((await show('problem=invalid_state')).text).toContain(words);
    const cookies = { '__Host-login': tokenNamed('login') };
    const query = 'problem=invalid_state';
    const { text } = await ask(handler, 'GET /auth/problem', { query, headers: browserHeaders, cookies });
    expect(text).not.toContain(words);
    expect(text).toContain('for ten minutes');
  });

  test('leads to the start page when no problem is named', async () => {
    expect(await show('')).toMatchObject({ status: 303, headers: { location: '/' } });
  });

  test.each(['problem=', 'problem=toString', 'problem=%3Cscript%3E', 'problem=a&problem=b'])(
    'is not for %j',
    async (query) => {
      const answer = await show(query);
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain('<script>');
    },
  );

  test('leads back to an application elsewhere with its challenge, if that is allowed', async () => {
    const challenge = 'c'.repeat(43);
    const linkIn = async (origin: string, code_challenge: string) => {
      const query = new URLSearchParams({
        ...{ problem: 'access_denied', return_to: `${origin}/home`, code_challenge },
      });
      return /href="([^"]*\/auth\/login[^"]*)"/.exec((await show(query.toString())).text)?.[1];
    };
    expect(await linkIn('https://app.example.com', challenge)).toBe(
      `${origin}/auth/login?return_to=https%3A%2F%2Fapp.example.com%2Fhome&amp;code_challenge=${challenge}`,
    );
    expect(await linkIn('https://evil.example', challenge)).toBe(`${origin}/auth/login`);
    expect(await linkIn('https://app.example.com.evil.example', challenge)).toBe(`${origin}/auth/login`);
    expect(await linkIn('https://app.example.com', '"><script>')).toBe(`${origin}/auth/login`);
  });

  test('tells who was invited to open the link again, and offers nothing else', async () => {
    const { text } = await show('problem=access_denied&invited=true');
    expect(text).toContain('open it once more');
    expect(text).not.toContain('/auth/login');
    expect((await show('problem=access_denied&invited=perhaps')).status).toBe(400);
  });

  test('is no error of the site, whatever its address says', async () => {
    await show('problem=misconfigured');
    expect(log.lines.at(-1)).toMatchObject({ level: 'info', status: 503 });
  });
});
