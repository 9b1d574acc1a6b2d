import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOf } from '../../lambdas/secrets.ts';
import { apiEvent } from '../support/api-event.ts';
import { Browser } from '../support/browser.ts';
import { invite, newPkce, signInElsewhere, startCode } from '../support/callers.ts';
import { tokenNamed } from '../support/doubles/tokens.ts';
import { fetchSite, type Header } from '../support/origin-headers.ts';
import { sessionRoutes, splitRoute } from '../support/route-lists.ts';
import { type Site, startSite } from '../support/site.ts';
import { problemIn, sendWire } from '../support/wire.ts';

const [ada, grace] = ['ada@example.com', 'grace@example.com'];
const app = 'https://app.example.com';

let site: Site;
/** The sessions of two people. */
let adas: string;
let graces: string;

const sessionIn = (browser: Browser) => browser.cookie('localhost', 'session') ?? '';

beforeAll(async () => {
  site = await startSite({ demoMessages: 2, allowedReturnOrigins: app });
  adas = sessionIn(await site.connected({ account: ada }));
  graces = sessionIn(await site.connected({ account: grace }));
});
afterAll(() => site.close());

/** Whom a request's cookies or authorization stand for: an address; nobody, where it is refused as such. */
async function whoIs(...headers: readonly Header[]): Promise<string> {
  const answer = await sendWire(site, {
    target: '/mailbox',
    headers: [...headers, ...fetchSite('same-origin')],
  });
  if (answer.status === 200) return /"email":"([^"]+)"/.exec(answer.text)?.[1] ?? answer.text;
  expect([answer.status, problemIn(answer)]).toEqual([401, 'login_required']);
  return 'nobody';
}

const asCookie = (token: string): Header => ['cookie', `session=${token}`];
const asBearer = (token: string): Header => ['authorization', `Bearer ${token}`];

/** The token with the character at this place replaced by its neighbour. */
function altered(token: string, place: number): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const next = digits[(digits.indexOf(token.charAt(place)) + 1) % digits.length];
  return `${token.slice(0, place)}${next}${token.slice(place + 1)}`;
}

describe('a session is not guessed', () => {
  it('by a token that is nearly right, which in its last character may stand for the same bytes', async () => {
    for (let place = 0; place < adas.length; place++) {
      expect([place, await whoIs(asBearer(altered(adas, place)))]).toEqual([place, 'nobody']);
    }
    expect(Buffer.from(altered(adas, 42), 'base64url')).toEqual(Buffer.from(adas, 'base64url'));
    expect(await whoIs(asBearer(adas))).toBe(ada);
  });

  it('by what stands in the table, or by parts and forms of the token', async () => {
    const rows = await site.items('logins');
    const stored = rows.flatMap((row) => Object.values(row).map(String));
    expect(stored).toContain(`session#${hashOf(adas)}`);
    const forms = [adas.slice(1), `${adas}A`, `${adas}=`, adas.toLowerCase(), encodeURIComponent(`${adas} `)];
    const guesses = [...stored, ...stored.map((text) => text.replace(/^\w+#/, '')), ...forms, ''];
    for (const guess of guesses) {
      expect([guess, await whoIs(asCookie(guess)), await whoIs(asBearer(guess))]).toEqual([
        guess,
        'nobody',
        'nobody',
      ]);
    }
  });

  it('by secrets of another kind, whose rows stand in the same table', async () => {
    const browser = new Browser();
    const address = await signInElsewhere(site, browser, `${app}/`, newPkce());
    const { state } = await startCode(site, newPkce());
    const page = await site.consent(browser, { stopBeforeCallback: true });
    const secrets = [
      address.searchParams.get('handoff'),
      browser.cookie('localhost', 'login'),
      new URL(await invite(site, 'acme')).searchParams.get('link'),
      new URL(page.headers.get('location') ?? '').searchParams.get('state'),
      String(state),
    ];
    for (const secret of secrets) {
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(await whoIs(asCookie(secret ?? ''))).toBe('nobody');
      expect(await whoIs(asBearer(secret ?? ''))).toBe('nobody');
    }
  });

  it.each(sessionRoutes)('%s opens to nobody', async (route) => {
    const { method, path: target } = splitRoute(route);
    const opened = site.calls.filter(({ service }) => service === 'kms').length;
    for (const proof of [[], [asCookie(tokenNamed('guess'))], [asBearer(tokenNamed('guess'))]]) {
      const answer = await sendWire(site, {
        method,
        target,
        headers: [...proof, ...fetchSite('same-origin')],
      });
      expect([answer.status, problemIn(answer)]).toEqual([401, 'login_required']);
    }
    expect(site.calls.filter(({ service }) => service === 'kms')).toHaveLength(opened);
  });
});

describe('two proofs that contradict each other', () => {
  it('are never mixed: the token in the header counts, also when it is of no use', async () => {
    expect(await whoIs(asCookie(adas), asBearer(graces))).toBe(grace);
    expect(await whoIs(asCookie(adas), asBearer(tokenNamed('guess')))).toBe('nobody');
    expect(await whoIs(asCookie(adas), asBearer('no-token'))).toBe('nobody');
    expect(await whoIs(asCookie(tokenNamed('guess')), asBearer(graces))).toBe(grace);
  });

  it('as two cookies of one name: the first counts, as browsers send the most specific one first', async () => {
    expect(await whoIs(['cookie', `session=${adas}; session=${graces}`])).toBe(ada);
    expect(await whoIs(asCookie(graces), asCookie(adas))).toBe(grace);
    expect(await whoIs(['cookie', `session=${tokenNamed('guess')}; session=${adas}`])).toBe('nobody');
    expect(await whoIs(['cookie', `session=; session=${adas}`])).toBe('nobody');
  });

  it('as two headers are no proof', async () => {
    expect(await whoIs(asBearer(adas), asBearer(adas))).toBe('nobody');
    expect(await whoIs(asBearer(adas), asBearer(graces))).toBe('nobody');
    expect(await whoIs(['authorization', 'Basic eDp5'], asBearer(adas))).toBe('nobody');
  });
});

describe('the form of the proof', () => {
  it.each<[string, (token: string) => string, boolean]>([
    ['as it is meant', (token) => `Bearer ${token}`, true],
    ['with its scheme in other letters (RFC 9110, 11.1)', (token) => `bEARER  ${token}`, true],
    ['with no scheme', (token) => token, false],
    ['with another scheme', (token) => `Token ${token}`, false],
    ['as Basic', (token) => `Basic ${Buffer.from(`:${token}`).toString('base64')}`, false],
    ['with no space', (token) => `Bearer${token}`, false],
    ['with a tab', (token) => `Bearer\t${token}`, false],
    ['in quotes', (token) => `Bearer "${token}"`, false],
    ['with more behind it', (token) => `Bearer ${token} ${token}`, false],
    ['as a list', (token) => `Bearer ${token},Bearer ${token}`, false],
    ['as a parameter', (token) => `Bearer token=${token}`, false],
    ['in percent code', (token) => `Bearer %${token.charCodeAt(0).toString(16)}${token.slice(1)}`, false],
  ])('%s', async (_, form, counts) => {
    expect(await whoIs(['authorization', form(adas)])).toBe(counts ? ada : 'nobody');
  });

  it.each(['token', 'access_token', 'session', 'authorization'])(
    'is never a parameter of the address: %s',
    async (name) => {
      const target = `/mailbox?${name}=${adas}`;
      expect((await sendWire(site, { target, headers: fetchSite('same-origin') })).status).toBe(401);
    },
  );
});

describe('a cookie of another name is another cookie', () => {
  // What a browser does not take for a name with the prefix, a neighbouring host may set.
  const names = [
    'Session',
    'SESSION',
    '$session',
    '"session"',
    '%73ession',
    'session[]',
    'session.',
    '__Host-session',
  ];
  const blanks = ['\u00a0', '\u2000', '\u2028', '\u3000', '\ufeff', '\u000b', '\u000c', '\u0085'];

  it.each([...names, 'x=session'])('%s', async (name) => {
    expect(await whoIs(['cookie', `${name}=${adas}`])).toBe('nobody');
  });

  it.each(blanks.map((blank) => [encodeURIComponent(blank), blank]))(
    'with the blank %s before it',
    async (_, blank) => {
      const forms = [`${blank}session=${adas}`, `session${blank}=${adas}`, `a=b; ${blank}session=${adas}`];
      for (const cookie of forms) {
        // However API Gateway reads the bytes of the header.
        for (const cookies of [[cookie], [Buffer.from(cookie).toString('latin1')]]) {
          const event = { ...apiEvent('GET /mailbox'), cookies };
          expect(await site.invoke('mailbox-status', event)).toMatchObject({ statusCode: 401 });
        }
      }
    },
  );

  it('over the wire, too', async () => {
    expect(await whoIs(['cookie', `\u00a0session=${adas}`])).toBe('nobody');
    expect(await whoIs(['cookie', `a=b; \u00a0session=${adas}`])).toBe('nobody');
    expect(await whoIs(['cookie', `a=b;\t session=${adas}`])).toBe(ada);
  });
});
