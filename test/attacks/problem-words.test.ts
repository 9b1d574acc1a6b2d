import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problems } from '../../lambdas/errors.ts';
import { Browser } from '../support/browser.ts';
import { callbacksOf, withQuery } from '../support/callbacks.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let hands: ReturnType<typeof callbacksOf>;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, allowedReturnOrigins: 'https://app.example.com' });
  hands = callbacksOf(site);
});
afterAll(() => site.close());

const markup = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "'-alert(1)-'",
  '</p></main></body></html>',
  '<!--',
  '<a href="https://evil.example">Continue with Google</a>',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '&lt;script&gt;',
  '{{constructor.constructor("alert(1)")()}}',
];

/**
 * What hides, reorders or ends text: zero byte, line ends, escape, separators, byte order mark, bidirectional marks.
 */
const unseen = [
  ...['\0', '\r\n', '\n\n', '\u001b[31m', '\u007f', '\u0085', '\u2028', '\u2029', '\ufeff', '\ufffe'],
  ...['\u202e', '\u2066', '\u200f', '\u200b', '\ue000', '\u{e0041}'],
];

/** Google’s redirect back with an error in place of the code. */
async function refusedWith(error: string, description: string, how: 'ask' | 'open') {
  const browser = new Browser();
  const url = await hands.callbackOf(browser);
  return hands[how](withQuery(url, { code: null, error, error_description: description }), browser);
}

const tagsOf = (html: string) => html.match(/<[^>]*>/g) ?? [];

describe('an error of the redirect', () => {
  it('makes no tag on the page, whatever its words are', async () => {
    const plain = await refusedWith('e', 'd', 'open');
    for (const text of markup) {
      const { status, page } = await refusedWith(text, text, 'open');
      expect(status).toBe(400);
      expect(tagsOf(page.text)).toEqual(tagsOf(plain.page.text));
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  it('is text in JSON as well', async () => {
    const words = markup[2] ?? '';
    const { status, code, page } = await refusedWith('server_error', words, 'ask');
    expect([status, code]).toEqual([400, 'authorization_failed']);
    expect(page.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(page.text).detail).toContain(`server_error: ${words}`);
  });

  it.each(['ask', 'open'] as const)('shows no character that cannot be seen: %s', async (how) => {
    const { status, page } = await refusedWith(unseen.join('a'), `b${unseen.join('c')}`, how);
    expect(status).toBe(400);
    const shown = how === 'ask' ? JSON.parse(page.text).detail : page.text;
    expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(shown).toContain('c c c');
    expect([...page.headers.keys()]).not.toContain('set-cookie');
  });

  it('is cut, and not within a character', async () => {
    const { page } = await refusedWith('x', '\u{1f511}'.repeat(300), 'ask');
    const { detail } = JSON.parse(page.text);
    expect(detail).toContain(`“x: ${'\u{1f511}'.repeat(297)}”`);
  });

  it('stands in no log line', async () => {
    const word = 'canary-of-the-redirect';
    await refusedWith(word, `${word}\n{"level":"ERROR"}`, 'open');
    expect(JSON.stringify(site.logs)).not.toContain(word);
  });
});

describe('the page of a problem, its address forged', () => {
  const pageOf = (query: string) => hands.open(`${site.origin}/auth/problem?${query}`);

  it.each([
    ...markup,
    ...['', 'toString', '__proto__', 'constructor', 'hasOwnProperty', 'ACCESS_DENIED', ' access_denied'],
  ])('knows no problem %j', async (problem) => {
    const plain = await pageOf('problem=none');
    const { status, code, page } = await pageOf(new URLSearchParams({ problem }).toString());
    expect([status, code]).toEqual([400, 'invalid_request']);
    expect(tagsOf(page.text)).toEqual(tagsOf(plain.page.text));
    const asked = await hands.ask(`${site.origin}/auth/problem?${new URLSearchParams({ problem })}`);
    expect(asked.code).toBe('invalid_request');
  });

  it('shows fixed words only, whatever else its address says', async () => {
    const more = {
      detail: 'canary',
      title: 'canary',
      error: 'canary',
      error_description: 'canary',
      code: 'c',
    };
    for (const problem of Object.keys(problems)) {
      const { page } = await pageOf(new URLSearchParams({ problem, ...more }).toString());
      expect(page.text).not.toContain('canary');
      expect(page.headers.getSetCookie()).toEqual([]);
    }
  });

  it.each(['problem', 'return_to', 'code_challenge', 'invited'])('refuses %s twice', async (name) => {
    const { status, code } = await pageOf(`problem=access_denied&${name}=a&${name}=b`);
    expect([status, code]).toEqual([400, 'invalid_request']);
  });

  it('is no alarm: nothing is logged as if it had happened', async () => {
    const logged = site.logs.length;
    await pageOf('problem=internal_error');
    expect(site.logs.slice(logged)).toMatchObject([{ level: 'info', functionName: 'auth-problem' }]);
    expect(site.logs.at(-1)?.fields).not.toHaveProperty('errorName');
  });
});
