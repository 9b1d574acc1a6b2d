import type { FunctionName } from '../../infra/routes.ts';
import { Browser } from './browser.ts';
import {
  backendOf,
  getAs,
  invite,
  newPkce,
  postJson,
  problemOn,
  signInElsewhere,
  signInOnPhone,
} from './callers.ts';
import type { Site } from './site.ts';

/** How a request was answered. */
export interface Outcome {
  readonly status: number;
  /** The problem’s code, if it is one. */
  readonly code: string | undefined;
}

/** Makes everything ready for a request, and gives what sends it. */
export type Preparation = (site: Site) => Promise<() => Promise<Outcome>>;

/** Where the applications of these requests live: a site must allow it. */
export const foreignApp = 'https://app.example.com';

const ada = 'ada@example.com';

/** What is answered well. */
export const isWell = ({ status }: Outcome) => status < 400;

async function outcomeOf(answer: Promise<{ status: number; text: string }>): Promise<Outcome> {
  const { status, text } = await answer;
  if (status < 400) return { status, code: undefined };
  return { status, code: text.startsWith('{') ? String(JSON.parse(text).code) : problemOn({ text }) };
}

const inPage =
  (method: string, path: string): Preparation =>
  async (site) => {
    const browser = await site.connected();
    return () => outcomeOf(browser.fetch(`${site.origin}${path}`, { method }));
  };

const oneMessage: Preparation = async (site) => {
  const browser = await site.connected();
  const [message] = await site.truth(ada);
  return () => outcomeOf(browser.fetch(`${site.origin}/messages/${message?.id}`));
};

const signed =
  (method: string, path: string): Preparation =>
  async (site) => {
    await site.connected();
    const [grant] = await site.items('grants');
    const ask = backendOf(site);
    const filled = path.replace('{accountId}', String(grant?.['accountId']));
    const request = path.endsWith('connect-links') ? { body: { owner: 'acme' } } : undefined;
    return async () => {
      const { status, body } = await ask(method, filled, request);
      return { status, code: status < 400 ? undefined : String(body['code']) };
    };
  };

/** A person’s way back from Google, through a connect link or without one. */
const callback =
  (throughLink: boolean): Preparation =>
  async (site) => {
    const browser = new Browser();
    const start = throughLink ? await invite(site, 'acme') : `${site.origin}/auth/login`;
    const page = await site.consent(browser, { start, stopBeforeCallback: true });
    return async () => {
      const answer = await browser.open(page.headers.get('location') ?? '', { stay: true });
      const led = new URL(answer.headers.get('location') ?? '/', site.origin);
      if (!led.pathname.startsWith('/auth/')) return outcomeOf(Promise.resolve(answer));
      return outcomeOf(browser.open(led.href));
    };
  };

const broughtCode: Preparation = async (site) => {
  const brought = await signInOnPhone(site, newPkce(), ada);
  return async () => {
    const { status, body } = await postJson(site, '/auth/code', brought);
    return { status, code: status < 400 ? undefined : String(body['code']) };
  };
};

const handoff: Preparation = async (site) => {
  const pkce = newPkce();
  const url = await signInElsewhere(site, new Browser(), `${foreignApp}/done`, pkce);
  const proof = { handoff: url.searchParams.get('handoff'), codeVerifier: pkce.codeVerifier };
  return async () => {
    const { status, body } = await postJson(site, '/auth/session', proof, { origin: foreignApp });
    return { status, code: status < 400 ? undefined : String(body['code']) };
  };
};

const openLink =
  (press: boolean): Preparation =>
  async (site) => {
    const browser = new Browser();
    const link = await invite(site, 'acme');
    const page = await browser.open(link);
    return () =>
      outcomeOf(press ? browser.submit(page, { button: '' }, true) : browser.open(link, { stay: true }));
  };

const tokenOfSession: Preparation = async (site) => {
  const browser = await site.connected();
  return async () => {
    const { status, body } = await getAs(site, browser.cookie('localhost', 'session'), '/mailbox');
    return { status, code: status < 400 ? undefined : String(body['code']) };
  };
};

/** Requests of every route that calls AWS, by the function that answers. */
export const routeRequests: readonly (readonly [
  route: string,
  functionName: FunctionName,
  prepare: Preparation,
])[] = [
  ['GET /', 'page', inPage('GET', '/')],
  ['GET /auth/login', 'auth-url', inPage('GET', '/auth/login')],
  ['GET /auth/callback', 'auth-callback', callback(false)],
  ['GET /auth/callback through a link', 'auth-callback', callback(true)],
  ['POST /auth/code', 'auth-code', broughtCode],
  ['POST /auth/session', 'auth-session', handoff],
  ['POST /auth/logout', 'auth-logout', inPage('POST', '/auth/logout')],
  ['GET /connect', 'connect-link', openLink(false)],
  ['POST /connect', 'connect-link', openLink(true)],
  ['GET /messages', 'messages-list', inPage('GET', '/messages?view=summary')],
  ['GET /messages/{id}', 'message-get', oneMessage],
  ['GET /mailbox/labels', 'labels-list', inPage('GET', '/mailbox/labels')],
  ['GET /mailbox', 'mailbox-status', tokenOfSession],
  ['GET /mailbox/messages', 'copy-list', inPage('GET', '/mailbox/messages')],
  ['GET /mailbox/messages?ids=', 'copy-list', inPage('GET', '/mailbox/messages?ids=a')],
  ['GET /mailbox/changes', 'changes-list', inPage('GET', '/mailbox/changes')],
  ['POST /mailbox/sync', 'sync-request', inPage('POST', '/mailbox/sync')],
  ['DELETE /mailbox', 'mailbox-disconnect', inPage('DELETE', '/mailbox')],
  ['GET /accounts', 'accounts-list', signed('GET', '/accounts')],
  ['GET /accounts/{accountId}', 'accounts-list', signed('GET', '/accounts/{accountId}')],
  ['GET /changes', 'changes-list', signed('GET', '/changes')],
  ['POST /accounts/connect-links', 'connect-link-create', signed('POST', '/accounts/connect-links')],
  ['POST …/access-token', 'access-token', signed('POST', '/accounts/{accountId}/access-token')],
  ['DELETE /accounts/{accountId}', 'mailbox-disconnect', signed('DELETE', '/accounts/{accountId}')],
];
