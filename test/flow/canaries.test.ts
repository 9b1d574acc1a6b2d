import { beforeAll, describe, expect, it } from 'vitest';
import { type TableName, tables as tableShapes } from '../../infra/tables.ts';
import { Browser, type Page } from '../support/browser.ts';
import {
  backendOf,
  getAs,
  invite,
  newPkce,
  postJson,
  type Reply,
  signInElsewhere,
  signInOnPhone,
} from '../support/callers.ts';
import { type Canary, findCanaries } from '../support/canaries.ts';
import { secretsOf, textOf } from '../support/secrets-of-site.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const app = 'https://app.example.com';
const tableNames = Object.keys(tableShapes) as TableName[];

describe('no secret is written anywhere', () => {
  let site: Site;
  let canaries: Canary[];
  let pages: Page[];
  let replies: NamedReply[];
  let tables: string;

  beforeAll(async () => {
    site = await startSite({ demoMessages: 5, allowedReturnOrigins: `${app}/home`, accessTokens: 'on' });
    const [guest, browser] = [new Browser(), new Browser()];
    const elsewhere = await travelElsewhere(site, guest);
    await travel(site, browser);
    pages = [...guest.history, ...browser.history];
    replies = elsewhere.replies;
    tables = textOf(await Promise.all(tableNames.map((table) => site.items(table))));
    canaries = [...secretsOf(site, pages), ...elsewhere.canaries];
    await site.close();
  });

  it('with canaries of every kind', () => {
    const kinds = new Set(canaries.map(({ name }) => name));
    expect([...kinds].sort()).toEqual([
      'ID token',
      'access token',
      'authorization code',
      'client secret',
      'code verifier',
      'connect link',
      'handoff',
      'login cookie',
      'login key',
      'nonce',
      'refresh token',
      'session cookie',
      'session token',
      'state',
    ]);
  });

  it('into a table', () => {
    expect(tables.length).toBeGreaterThan(1_000);
    expect(findCanaries(tables, canaries)).toEqual([]);
  });

  it('into a call to AWS, of queue, bus and tables, but for the token key, which is to encrypt it', () => {
    const calls = site.calls.filter(
      ({ service, functionName }) => service !== 'kms' && functionName !== undefined,
    );
    expect(calls.length).toBeGreaterThan(50);
    expect(findCanaries(textOf(calls), canaries)).toEqual([]);
    const contexts = site.calls.map(({ input }) => input['EncryptionContext'] ?? {});
    expect(findCanaries(textOf(contexts), canaries)).toEqual([]);
  });

  it('into a log', () => {
    expect(site.logs.length).toBeGreaterThan(10);
    expect(findCanaries(JSON.stringify(site.logs), canaries)).toEqual([]);
  });

  it('into an answer or an address of ours, but for what is on its way to where it belongs', () => {
    for (const { url, headers, text } of pages.filter((page) => page.url.startsWith(site.origin))) {
      const location = headers.get('location') ?? '';
      const toGoogle = [location, text].some((place) => place.includes(`${site.google.origin}/o/oauth2/`));
      const isLinkPage = url.startsWith(`${site.origin}/connect?`);
      const due = [
        ...(toGoogle ? ['state', 'nonce'] : []),
        ...(location.startsWith(app) ? ['handoff'] : []),
        ...(isLinkPage ? ['connect link'] : []),
      ];
      expect(findCanaries(location + text, canaries).filter((name) => !due.includes(name))).toEqual([]);
      if (url.includes('/auth/callback?')) continue;
      expect(findCanaries(url, canaries)).toEqual(isLinkPage ? ['connect link'] : []);
    }
  });

  it('into an answer to a program, but for the one secret that it asked for', () => {
    const found = replies.map(({ due, reply: { body, headers } }) => ({
      due,
      found: [...new Set(findCanaries(JSON.stringify([body, ...headers]), canaries))],
    }));
    expect(found).toEqual(replies.map(({ due }) => ({ due, found: due === undefined ? [] : [due] })));
  });

  it('nor mail into a log or a table', async () => {
    const words = ['snippet', 'subject', 'x-mail-canary'];
    expect(words.filter((word) => JSON.stringify(site.logs).toLowerCase().includes(word))).toEqual([]);
    expect(tables).not.toContain('mail-canary');
  });
});

describe('the search', () => {
  const secret = '1//0canary-canary_canary~canary';
  const canaries = [{ name: 'planted', secret }];

  it.each([
    ['plain', secret],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64 within more', Buffer.from(`{"x":"${secret}"}`).toString('base64')],
    ['base64 within still more', Buffer.from(`{"xy":"${secret}"}`).toString('base64url')],
    ['hex', Buffer.from(secret).toString('hex').toUpperCase()],
    ['percent code', encodeURIComponent(secret)],
    ['percent code of every byte', Buffer.from(secret).toString('hex').replace(/../g, '%$&')],
  ])('finds one planted as %s', (_, text) => {
    expect(findCanaries(`before ${text} after`, canaries)).toEqual(['planted']);
  });

  it('finds none where there is none', () => {
    expect(findCanaries('nothing to see here', canaries)).toEqual([]);
  });
});

/** Everything a person does, right and wrong. */
async function travel(site: Site, browser: Browser): Promise<void> {
  const { origin } = site;
  const subject = 'x-mail-canary';
  const { ids } = (await site.admin('POST', `/accounts/${ada}/messages`, { subject })) as { ids: string[] };
  await browser.fetch(`${origin}/auth/url?login_hint=${ada}`);
  await site.consent(browser, { button: 'deny' });
  await site.consent(browser, { untick: ['https://www.googleapis.com/auth/gmail.readonly'] });
  await site.fault('token.code', { status: 400, body: { error: 'invalid_grant' } });
  await site.consent(browser);
  await site.fault('token.code', { status: 500 });
  await site.consent(browser);
  await site.fault('token.code', { idToken: { nonce: 'x' } });
  await site.consent(browser);
  await site.consent(browser, { start: `${origin}/auth/login?return_to=/messages` });
  const callback = browser.history.findLast(({ url }) => url.includes('/auth/callback?'));
  await browser.open(callback?.url ?? '');
  await browser.fetch(`${origin}/messages/${ids[0]}?format=full`);
  await browser.fetch(`${origin}/messages?pageToken=nonsense`);
  await browser.fetch(`${origin}/mailbox`);
  for (const effect of [
    { status: 500 },
    { reset: true },
    { status: 401, body: { error: 'invalid_client' } },
  ]) {
    site.setClockOffset(3_600_000);
    await site.fault('token.refresh', effect, 2);
    await browser.fetch(`${origin}/messages`);
    await site.admin('DELETE', '/faults');
  }
  await browser.fetch(`${origin}/messages`);
  site.aws.failNext({ service: 'kms', action: 'Decrypt', times: 9, failure: { error: 'DisabledException' } });
  await site.put('grants', { ...(await site.items('grants'))[0], consentId: 'another' });
  await browser.fetch(`${origin}/messages`);
  // A consent that stays pending, beside the grant and the session that stand.
  await browser.fetch(`${origin}/auth/url`);
}

/** An answer to a program, and the kind of secret that belongs into it. */
interface NamedReply {
  readonly due?: string;
  readonly reply: Reply;
}

/** What applications elsewhere and backends do, right and wrong; and the secrets that they came to hold. */
async function travelElsewhere(site: Site, browser: Browser) {
  const replies: NamedReply[] = [];
  const canaries: Canary[] = [];
  const hold = (name: string, secret: unknown) => canaries.push({ name, secret: String(secret) });
  const keep = (reply: Reply, due?: string) => {
    replies.push({ reply, ...(due !== undefined && { due }) });
    return reply.body;
  };

  // Another origin takes a session over, and tries again.
  const pkce = newPkce();
  hold('code verifier', pkce.codeVerifier);
  const address = await signInElsewhere(site, browser, `${app}/home`, pkce);
  const handoff = address.searchParams.get('handoff') ?? '';
  hold('handoff', handoff);
  const { codeVerifier } = pkce;
  const takeOver = (given: object) => postJson(site, '/auth/session', { handoff, codeVerifier, ...given });
  keep(await takeOver({ codeVerifier: newPkce().codeVerifier }));
  const { sessionToken, account } = keep(await takeOver({}), 'session token');
  hold('session token', sessionToken);
  keep(await takeOver({}));
  keep(await getAs(site, handoff, '/messages'));
  keep(await getAs(site, sessionToken, '/mailbox'));

  // A phone brings its code, twice.
  const phone = newPkce();
  hold('code verifier', phone.codeVerifier);
  const brought = await signInOnPhone(site, phone, ada);
  hold('state', brought.state);
  hold('authorization code', brought.code);
  hold('ID token', brought.idToken);
  hold('session token', keep(await postJson(site, '/auth/code', brought), 'session token')['sessionToken']);
  keep(await postJson(site, '/auth/code', brought));

  // A backend invites, with a link that is followed to its end, and another that is not; and asks for a token.
  const ask = backendOf(site);
  for (const _ of ['followed', 'left']) {
    const { url } = keep(
      await ask('POST', '/accounts/connect-links', { body: { owner: 'acme' } }),
      'connect link',
    );
    hold('connect link', new URL(String(url)).searchParams.get('link'));
  }
  const link = await invite(site, 'acme');
  hold('connect link', new URL(link).searchParams.get('link'));
  await site.consent(browser, { start: link });
  await browser.open(link);
  const { accessToken } = keep(
    await ask('POST', `/accounts/${String(account?.['id'])}/access-token`),
    'access token',
  );
  hold('access token', accessToken);
  keep(await ask('GET', '/accounts'));
  return { replies, canaries };
}
