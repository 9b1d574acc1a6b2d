import * as v from 'valibot';
import { Browser, type Page } from './browser.ts';
import { problemOn } from './callers.ts';
import type { ConsentChoice, Site } from './site.ts';

/** What a callback was answered, whether in JSON or on a page. */
export interface CallbackAnswer {
  readonly status: number;
  /** The code of the problem; empty when there is none. */
  readonly code: string;
  /** Where it leads, as a browser understands it. */
  readonly leadsTo: string | undefined;
  readonly page: Page;
}

const problem = v.object({ code: v.string() });
const faults = v.object({ faults: v.array(v.object({ on: v.string(), fired: v.number() })) });

/** Goes through consents step by step, and looks at what stands afterwards. */
export function callbacksOf(site: Site) {
  const rowsLike = async (kind: string) =>
    (await site.items('logins')).filter(({ id }) => String(id).startsWith(`${kind}#`));
  return {
    /** Consents as far as Google’s redirect back; gives the address of the callback, which nobody has opened. */
    callbackOf: async (browser: Browser, choice: ConsentChoice = {}): Promise<string> => {
      const page = await site.consent(browser, { ...choice, stopBeforeCallback: true });
      return new URL(page.headers.get('location') ?? '', page.url).href;
    },
    /** Opens an address as a program does, following nothing. */
    ask: async (url: string, browser = new Browser()): Promise<CallbackAnswer> =>
      answerOf(await browser.fetch(url, { headers: { 'sec-fetch-site': 'cross-site' } })),
    /** Opens an address as a person does, following nothing. */
    open: async (url: string, browser = new Browser()): Promise<CallbackAnswer> =>
      answerOf(await browser.open(url, { stay: true })),
    /** Lets the token endpoint count its calls from here on, by a fault that does nothing. */
    countTokenCalls: async () => {
      await site.admin('DELETE', '/faults');
      await site.fault('token', { delayMs: 0 }, 0);
    },
    tokenCalls: async (): Promise<number> =>
      v
        .parse(faults, await site.admin('GET', '/faults'))
        .faults.filter(({ on }) => on === 'token')
        .reduce((sum, { fired }) => sum + fired, 0),
    sessions: () => rowsLike('session'),
    /** The consents whose callback has not come. */
    pending: async () => (await rowsLike('state')).filter(isUntaken),
    /** All that a consent may leave behind once it is over. */
    standing: async () => ({
      grants: await site.items('grants'),
      sessions: await rowsLike('session'),
      mailboxes: await site.items('mailboxes'),
    }),
  };
}

/** Whether a row of the table of logins is anything but a consent whose callback has come. */
export function isUntaken(row: Readonly<Record<string, unknown>>): boolean {
  return row['takenBy'] === undefined;
}

/** Nothing stands of any consent. */
export const nothing = { grants: [], sessions: [], mailboxes: [] };

/** The address with other parameters: each is set, or goes where it is null. */
export function withQuery(url: string, changes: Readonly<Record<string, string | null>>): string {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) changed.searchParams.delete(name);
    else changed.searchParams.set(name, value);
  }
  return changed.href;
}

/** A parameter of an address; it must be there. */
export function parameterOf(url: string, name: string): string {
  const value = new URL(url).searchParams.get(name);
  if (value === null) throw new Error(`The address has no ${name}.`);
  return value;
}

function answerOf(page: Page): CallbackAnswer {
  const location = page.headers.get('location');
  const leadsTo = location === null ? undefined : new URL(location, page.url).href;
  return { status: page.status, code: codeOf(page), leadsTo, page };
}

function codeOf(page: Page): string {
  if (page.text === '') return '';
  if (page.headers.get('content-type')?.startsWith('text/html')) return problemOn(page);
  const parsed = v.safeParse(problem, JSON.parse(page.text));
  return parsed.success ? parsed.output.code : '';
}
