import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchSite, type Header } from '../support/origin-headers.ts';
import { accountRoutes, backendRoutes, sessionRoutes, splitRoute } from '../support/route-lists.ts';
import { type Site, startSite } from '../support/site.ts';
import { connectOwners } from '../support/two-owners.ts';
import { problemIn, sendWire, signerOf, type WireRequest } from '../support/wire.ts';

let site: Site;
let sign: ReturnType<typeof signerOf>['sign'];
/** What stands in the paths of acme's routes. */
let acmes: { readonly accountId: string; readonly id: string };
/** The session of acme's person. */
let session: string;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3, signUp: 'links-only', accessTokens: 'on' });
  ({ sign } = signerOf(site));
  const { acme } = await connectOwners(site);
  session = acme.session;
  acmes = { accountId: acme.accountId, id: acme.messageId };
});
afterAll(() => site.close());

const everything = async () => [
  await site.items('grants'),
  await site.items('logins'),
  await site.items('mailboxes'),
  await site.items('changes'),
];

/** A request of acme's routes, and whose body is whole where one is wanted. */
function whole(route: string, query: Readonly<Record<string, string | string[]>> = {}) {
  const { method, path } = splitRoute(route, acmes);
  const token = 'a'.repeat(43);
  const bodies: Readonly<Record<string, object>> = {
    'POST /accounts/connect-links': { owner: 'acme' },
    'POST /accounts/code': { owner: 'acme', code: token, state: token, codeVerifier: token },
  };
  const body = bodies[route];
  return { method, path, query, ...(body !== undefined && { body }) };
}

type Outcome = readonly [status: number, code: string | undefined];

async function ask(request: WireRequest): Promise<Outcome> {
  const answer = await sendWire(site, request);
  return [answer.status, problemIn(answer)];
}

/** Demands that neither a row nor a token was touched. */
async function inVain(attempts: () => Promise<void>): Promise<void> {
  const opened = site.calls.filter(({ service }) => service === 'kms').length;
  const before = await everything();
  await attempts();
  expect(await everything()).toEqual(before);
  expect(site.calls.filter(({ service }) => service === 'kms')).toHaveLength(opened);
}

describe('a backend that stays within an owner is told nothing of another’s account, however the owner is written', () => {
  const refused = [400, 'invalid_request'];
  const unknown = [404, 'not_found'];

  it.each<[string, Readonly<Record<string, string | string[]>>, readonly unknown[]]>([
    ['another', { owner: 'globex' }, unknown],
    ['two, the right one last', { owner: ['globex', 'acme'] }, refused],
    ['two, the right one first', { owner: ['acme', 'globex'] }, refused],
    ['the right one twice', { owner: ['acme', 'acme'] }, refused],
    ['two in one', { owner: 'acme,globex' }, unknown],
    ['none', { owner: '' }, refused],
    ['with a blank', { owner: 'acme ' }, unknown],
    ['in other letters', { owner: 'Acme' }, unknown],
    ['with a character of no width', { owner: 'acme\u200b' }, unknown],
    ['with an end of its own', { owner: 'acme\u0000' }, unknown],
    ['in percent code, twice', { owner: '%61cme' }, unknown],
    ['as a pattern', { owner: '*' }, unknown],
    ['longer than any', { owner: 'a'.repeat(257) }, refused],
    ['under a name in other letters', { Owner: 'globex' }, refused],
    ['under a name as of a list', { 'owner[]': 'globex' }, refused],
    ['under a name with a blank', { ' owner': 'globex' }, refused],
    ['under a misspelt name', { onwer: 'globex' }, refused],
  ])('%s', (_, query, expected) =>
    inVain(async () => {
      for (const route of accountRoutes) {
        expect([route, await ask(await sign(whole(route, query)))]).toEqual([route, expected]);
      }
    }),
  );

  it('or sent: in percent code, and behind a semicolon', () =>
    inVain(async () => {
      for (const route of accountRoutes) {
        const { target, ...signed } = await sign(whole(route, { owner: 'globex' }));
        const hidden = target.replace('?owner=', '?%6Fwner=');
        expect([route, await ask({ ...signed, target: hidden })]).toEqual([route, unknown]);
        const joined = await sign(whole(route, { owner: 'globex;owner=acme' }));
        expect([route, await ask(joined)]).toEqual([route, unknown]);
      }
    }));
});

describe('a misspelt owner is no wider question, nor any parameter that is not known', () => {
  it.each(backendRoutes)('%s', (route) =>
    inVain(async () => {
      for (const name of ['Owner', 'onwer', 'owner[]', 'tenant', 'accountId']) {
        const answered = await ask(await sign(whole(route, { [name]: 'globex' })));
        expect([name, answered]).toEqual([name, [400, 'invalid_request']]);
      }
    }),
  );
});

describe('a session is no signature', () => {
  it.each(backendRoutes)('%s', (route) =>
    inVain(async () => {
      const { method, path: target } = splitRoute(route, acmes);
      const proofs: Header[][] = [
        [['authorization', `Bearer ${session}`]],
        [['cookie', `session=${session}`], ...fetchSite('same-origin')],
        [['x-amz-security-token', session]],
        [],
      ];
      for (const headers of proofs) expect(await ask({ method, target, headers })).toEqual([403, undefined]);
    }),
  );
});

describe('a signature is no session', () => {
  it.each(sessionRoutes)('%s', (route) =>
    inVain(async () => {
      const signed = await sign(whole(route));
      const headers = [...signed.headers, ...fetchSite('same-origin')];
      expect(await ask({ ...signed, headers })).toEqual([401, 'login_required']);
      const { accountId } = acmes;
      const named = await sign(whole(route, { owner: 'acme', accountId }));
      const [status] = await ask({ ...named, headers: [...named.headers, ...fetchSite('same-origin')] });
      expect([400, 401]).toContain(status);
    }),
  );
});

describe('a number that is no account’s', () => {
  it.each([
    '..',
    '.',
    'code',
    'connect-links',
    '*',
    '100000000000000000000',
    'account%23x',
    '%00',
    '%20',
    '1%2F..%2F2',
  ])('is nobody’s: %s', (accountId) =>
    inVain(async () => {
      for (const route of accountRoutes.filter(
        (each) => each.startsWith('DELETE') || each.endsWith('/messages'),
      )) {
        const { method, path } = splitRoute(route, { ...acmes, accountId });
        expect([route, await ask(await sign({ method, path }))]).toEqual([route, [404, 'not_found']]);
      }
    }),
  );
});
