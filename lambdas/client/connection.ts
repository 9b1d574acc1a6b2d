import { failureOf } from './error.ts';

/** A request, as a signer is shown it. */
export interface RequestToSign {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Signs a request with AWS credentials (Signature Version 4, service `execute-api`). Returns every header to send. */
export type Sign = (
  request: RequestToSign,
) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;

/** A value of a query; what is undefined is left out. */
export type QueryValue = string | number | boolean | Date | readonly string[] | undefined;

/** What a request asks with. */
export interface Question {
  readonly query?: object;
  /** Sent as JSON. */
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

/** How a client comes to the site. */
export interface ConnectionOptions {
  /** The site's origin, such as `https://mail.example.com`. */
  readonly site: string;
  /** The headers that prove who is calling. */
  readonly authorize: Sign;
  readonly fetch?: typeof fetch | undefined;
}

/** Asks the site. The path comes with its parameters filled in by `pathOf`. */
export type Ask = <Answer>(method: string, path: string, question?: Question) => Promise<Answer>;

/**
 * Makes the function through which a client asks the site.
 *
 * @returns a function that throws GmailOfflineAccessError for every answer that is no success, and what `fetch` throws
 */
export function connect({ site, authorize, fetch: send = globalThis.fetch }: ConnectionOptions): Ask {
  return async <Answer>(method: string, path: string, question: Question = {}) => {
    const { body, signal } = question;
    const url = new URL(path, site);
    // As RFC 3986 encodes, since signatures are made of it: a plus sign would not be read back as a space.
    url.search = searchOf(question.query ?? {});
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const described = {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const headers = await authorize({ method, url, headers: described, ...content });
    const response = await send(url, {
      ...{ method, headers, ...content, redirect: 'error' },
      ...(signal !== undefined && { signal }),
    });
    if (!response.ok) throw await failureOf(response);
    const text = await response.text();
    // The site's tests hold each answer against the schema that this type is made of.
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  };
}

/**
 * Fills in the parameters of a path, such as `/messages/{id}`.
 *
 * @throws TypeError for a value that no path can hold
 */
export function pathOf(pattern: string, parameters: Readonly<Record<string, string>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name] ?? '';
    // A URL resolves these, however they are encoded: another route would be asked.
    if (['', '.', '..'].includes(value)) throw new TypeError(`“${value}” is no ${name}.`);
    return encodeURIComponent(value);
  });
}

/** Writes a query, by the code of percents alone. */
export function searchOf(query: object): string {
  const values: [string, QueryValue][] = Object.entries(query);
  return values.flatMap(([name, value]) => listOf(value).map((each) => `${name}=${encode(each)}`)).join('&');
}

function listOf(value: QueryValue): readonly string[] {
  if (value === undefined) return [];
  if (value instanceof Date) return [value.toISOString()];
  return typeof value === 'object' ? value : [String(value)];
}

/** encodeURIComponent leaves these five, which RFC 3986 reserves. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
