import { expect, test } from 'vitest';
import { Browser } from './browser.ts';
import {
  authorizationUrl,
  connect,
  consent,
  exchange,
  google,
  metadataScope,
  readonlyScope,
  refresh,
} from './support.ts';

test('without a hint the user chooses the account, then sees what is asked for', async () => {
  const { origin } = await google();
  const browser = new Browser();
  const chooser = await browser.open(authorizationUrl(origin));
  expect(chooser.html).toContain('Choose an account');
  expect(chooser.html).toContain('Local Google — a stand-in for tests, no real account');
  const page = await browser.submit(chooser, { choose: 'grace@example.com' });
  expect(page.html).toContain('>Gmail offline access</strong>');
  expect(page.html).toMatch(/wants access to <strong>grace@example\.com/);
  const back = await browser.submit(page);
  const { body } = await exchange(origin, new URL(back.url));
  expect(body).toHaveProperty('refresh_token');
});

test('each page has one form, no script, and first the button that goes on', async () => {
  const { origin } = await google();
  const browser = new Browser();
  const chooser = await browser.open(authorizationUrl(origin));
  const page = await browser.submit(chooser);
  for (const { html } of [chooser, page]) {
    expect(html.match(/<form/g)).toHaveLength(1);
    expect(html).not.toContain('<script');
  }
  expect(chooser.html.match(/<button[^>]*>(.*?)</)?.[1]).toBe('Next');
  expect(page.html.match(/<button[^>]*>(.*?)</)?.[1]).toBe('Allow');
});

test('a hint leads straight to the consent page, unless the account is to be selected', async () => {
  const { origin } = await google();
  const hinted = authorizationUrl(origin, { login_hint: 'ada@example.com' });
  expect((await new Browser().open(hinted)).html).toContain('wants access to');
  const select = authorizationUrl(origin, {
    login_hint: 'ada@example.com',
    prompt: 'select_account consent',
  });
  expect((await new Browser().open(select)).html).toContain('Choose an account');
  const unknown = authorizationUrl(origin, { login_hint: 'nobody@example.com' });
  expect((await new Browser().open(unknown)).html).toContain('Choose an account');
});

test('a narrower consent later leaves earlier tokens as they were', async () => {
  const { origin } = await google();
  const wide = await connect(origin);
  const narrow = await connect(origin, {}, { untick: [readonlyScope] });
  expect(narrow.scope).not.toContain(readonlyScope);
  expect((await refresh(origin, wide.refreshToken)).body['scope']).toBe(wide.scope);
  expect((await refresh(origin, narrow.refreshToken)).body['scope']).toBe(narrow.scope);
});

test('granted scopes are included when asked for', async () => {
  const { origin } = await google();
  await connect(origin);
  const asked = { scope: `openid ${metadataScope}` };
  expect((await connect(origin, asked)).scope).not.toContain(readonlyScope);
  const included = await connect(origin, { ...asked, include_granted_scopes: 'true' });
  expect(included.scope).toContain(readonlyScope);
});

test.each(['consent', 'select'])('denying on the %s page sends access_denied back', async (where) => {
  const { origin } = await google();
  const browser = new Browser();
  const url = authorizationUrl(origin, where === 'consent' ? { login_hint: 'ada@example.com' } : {});
  const back = new URL((await browser.submit(await browser.open(url), { press: 'deny' })).url);
  expect(back.pathname).toBe('/auth/callback');
  expect(back.searchParams.get('error')).toBe('access_denied');
  expect(back.searchParams.get('state')).toBe('the state');
  expect(back.searchParams.has('code')).toBe(false);
});

test('a standing grant needs no page, and only prompt=consent brings another refresh token', async () => {
  const { origin } = await google();
  const first = await connect(origin, { prompt: '' });
  expect(first.refreshToken).not.toBe('');
  const page = await new Browser().open(
    authorizationUrl(origin, { prompt: '', login_hint: 'ada@example.com' }),
  );
  expect(page.status).toBe(0);
  expect((await connect(origin, { prompt: '' })).refreshToken).toBe('');
  const prompted = await connect(origin, { prompt: 'consent' });
  expect(prompted.refreshToken).not.toBe('');
  expect(prompted.refreshToken).not.toBe(first.refreshToken);
  for (const { refreshToken } of [first, prompted]) {
    expect((await refresh(origin, refreshToken)).status).toBe(200);
  }
});

test('without offline access there is never a refresh token', async () => {
  const { origin } = await google();
  expect((await connect(origin, { access_type: '' })).refreshToken).toBe('');
  expect((await connect(origin, { access_type: 'online' })).refreshToken).toBe('');
});

test('after a revocation the next consent is a first one again', async () => {
  const { origin } = await google();
  const { refreshToken } = await connect(origin);
  await fetch(`${origin}/revoke`, { method: 'POST', body: new URLSearchParams({ token: refreshToken }) });
  expect((await connect(origin, { prompt: '' })).refreshToken).not.toBe('');
});

test('prompt=none goes through silently or says what is missing', async () => {
  const { origin } = await google();
  const error = async (parameters: Record<string, string>) =>
    new URL(
      (await new Browser().open(authorizationUrl(origin, { prompt: 'none', ...parameters }))).url,
    ).searchParams.get('error');
  expect(await error({})).toBe('login_required');
  expect(await error({ login_hint: 'ada@example.com' })).toBe('consent_required');
  await connect(origin);
  expect((await connect(origin, { prompt: 'none' })).scope).toContain(readonlyScope);
  expect(await error({ login_hint: 'ada@example.com', scope: `openid ${metadataScope}` })).toBe(
    'consent_required',
  );
});

test('a consent page without its browser’s cookie leads nowhere', async () => {
  const { origin } = await google();
  const page = await new Browser().open(authorizationUrl(origin, { login_hint: 'ada@example.com' }));
  const stranger = await new Browser().open(page.url);
  expect(stranger.status).toBe(400);
  expect(stranger.html).toContain('session_expired');
});

test('nothing that an application sends is written as HTML', async () => {
  const { origin } = await google();
  const page = await new Browser().open(authorizationUrl(origin, { client_id: '<script>alert(1)</script>' }));
  expect(page.html).not.toContain('<script');
  const callback = await consent(origin, { state: '"><b>' });
  expect(callback.searchParams.get('state')).toBe('"><b>');
});
