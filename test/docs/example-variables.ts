import * as v from 'valibot';
import { createSignedFetch } from '../integrations/signed-fetch.ts';
import { Browser } from '../support/browser.ts';
import { newPkce, type Pkce } from '../support/callers.ts';
import type { StartedSite } from './npm-start.ts';

/** The owner for whom the README's backend works, and the application on another origin, which is nowhere. */
const owner = 'tenant-7';
const application = 'http://localhost:8080/';

const ada = 'ada@example.com';

const link = v.object({ url: v.string() });
const list = v.object({ messages: v.tupleWithRest([v.object({ id: v.string() })], v.unknown()) });
const mailbox = v.object({ account: v.object({ id: v.string() }) });
const toAskFor = v.object({ clientId: v.string(), state: v.string(), nonce: v.string() });
const phone = v.object({ code: v.string(), idToken: v.string() });

/** Who reads the README, at the machine on which its site runs. */
export interface Reader {
  readonly site: StartedSite;
  /** Whose credentials sign a backend's requests. */
  readonly aws: { readonly region: string; readonly keys: string };
  readonly browser: Browser;
}

/** The shell's variables that the README tells its reader to set, each with how the reader comes by it. */
const makers: Readonly<Record<string, (reader: Reader) => Promise<Readonly<Record<string, string>>>>> = {
  SESSION: async ({ browser }) => ({ SESSION: browser.cookie('localhost', 'session') ?? '' }),
  MESSAGE_ID: async ({ site, browser }) => {
    const { text } = await browser.fetch(`${site.origin}/messages?maxResults=1`);
    return { MESSAGE_ID: read(list, text).messages[0].id };
  },
  ACCOUNT_ID: async ({ site, browser }) => {
    const { text } = await browser.fetch(`${site.origin}/mailbox`);
    return { ACCOUNT_ID: read(mailbox, text).account.id };
  },
  LINK: async (reader) => ({ LINK: new URL(await invite(reader)).searchParams.get('link') ?? '' }),
  CHALLENGE: async () => ({ CHALLENGE: newPkce().codeChallenge }),
  CLIENT_ID: async ({ site }) => {
    const { clientId, nonce } = await askForCode(site, newPkce());
    return { CLIENT_ID: clientId, NONCE: nonce };
  },
  HANDOFF: makeHandoff,
  CODE: makeCode,
};

/** The names of all variables. */
export const variableNames = [...Object.keys(makers), 'VERIFIER', 'STATE', 'ID_TOKEN', 'NONCE'];

/** The variables that a command line needs. */
export async function variablesFor(line: string, reader: Reader): Promise<Record<string, string>> {
  const needed = Object.entries(makers).filter(([name]) => line.includes(`$${name}`));
  const made = await Promise.all(needed.map(([, make]) => make(reader)));
  return Object.assign({}, ...made) as Record<string, string>;
}

/** Connects ada's mailbox for the owner, and signs her in. */
export async function connectByLink(site: StartedSite, aws: Reader['aws']): Promise<Browser> {
  const browser = new Browser();
  const page = await browser.open(await invite({ site, aws, browser }));
  const google = await browser.submit(page, { button: '' });
  const home = await browser.submit(google, { button: 'allow' });
  if (home.url !== `${site.origin}/`) throw new Error(`The link led to ${home.url}: ${home.text}`);
  return browser;
}

/** Disconnects ada's mailbox, so that it can be compared on request once more, which is possible once an hour. */
export async function disconnect(reader: Reader): Promise<void> {
  const { text } = await reader.browser.fetch(`${reader.site.origin}/mailbox`);
  const answer = await signedFetchOf(reader)('DELETE', `/accounts/${read(mailbox, text).account.id}`);
  if (answer.status !== 202) throw new Error(`The mailbox was not disconnected: ${await answer.text()}`);
}

async function invite(reader: Reader): Promise<string> {
  const body = { owner, email: ada };
  const answer = await signedFetchOf(reader)('POST', '/accounts/connect-links', { body });
  return read(link, await answer.text()).url;
}

function signedFetchOf({ site, aws }: Reader): ReturnType<typeof createSignedFetch> {
  const [accessKeyId = '', secretAccessKey = ''] = aws.keys.split(':');
  return createSignedFetch(site.origin, {
    region: aws.region,
    credentials: { accessKeyId, secretAccessKey },
  });
}

async function makeHandoff({ site }: Reader) {
  const { codeVerifier, codeChallenge } = newPkce();
  const query = { return_to: application, code_challenge: codeChallenge, login_hint: ada };
  const browser = new Browser();
  const question = await browser.open(`${site.origin}/auth/login?${new URLSearchParams(query)}`);
  const google = await browser.submit(question, { button: '' });
  let page = await browser.submit(google, { button: 'allow' }, true);
  const next = () => new URL(page.headers.get('location') ?? '', page.url).href;
  while (!next().startsWith(application)) page = await browser.open(next(), { stay: true });
  return { VERIFIER: codeVerifier, HANDOFF: new URL(next()).searchParams.get('handoff') ?? '' };
}

async function askForCode(site: StartedSite, { codeChallenge }: Pick<Pkce, 'codeChallenge'>) {
  const query = { purpose: 'code', code_challenge: codeChallenge };
  const asked = await fetch(`${site.origin}/auth/url?${new URLSearchParams(query)}`);
  return read(toAskFor, await asked.text());
}

async function makeCode({ site }: Reader) {
  const { codeVerifier, codeChallenge } = newPkce();
  const { clientId, state, nonce } = await askForCode(site, { codeChallenge });
  const given = await fetch(`${site.googleOrigin}/admin/accounts/${ada}/server-auth-code`, {
    method: 'POST',
    body: JSON.stringify({ clientId, nonce }),
  });
  const { code, idToken } = read(phone, await given.text());
  return { VERIFIER: codeVerifier, STATE: state, CODE: code, ID_TOKEN: idToken };
}

function read<Schema extends v.GenericSchema>(schema: Schema, text: string): v.InferOutput<Schema> {
  return v.parse(v.pipe(v.string(), v.parseJson(), schema), text);
}
