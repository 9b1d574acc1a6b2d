import { type ClientCode, failureOf, GmailOfflineAccessError } from './error.ts';

/** A request to sign. */
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

/** A query value; undefined is omitted. */
export type QueryValue = string | number | boolean | Date | readonly string[] | undefined;

export interface CallOptions {
  readonly query?: object;
  /** Sent as JSON. */
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
  /** The response has no content (204). */
  readonly noContent?: true;
}

export interface ConnectionOptions {
  /** The site's origin, such as `https://mail.example.com`. */
  readonly site: string;
  /** Adds the headers that authenticate the caller. */
  readonly authorize: Sign;
  readonly fetch?: typeof fetch | undefined;
}

/** Calls a route. `pathOf` fills in the parameters of the path. */
export type Call = <Answer>(method: string, path: string, options?: CallOptions) => Promise<Answer>;

/**
 * Creates the function that calls the site. It throws GmailOfflineAccessError unless the call succeeds.
 *
 * @throws GmailOfflineAccessError `invalid_base_url`
 */
export function connect({ site, authorize, fetch: send = globalThis.fetch }: ConnectionOptions): Call {
  const origin = originOf(site);
  return async <Answer>(method: string, path: string, options: CallOptions = {}) => {
    const { body, signal, noContent } = options;
    const url = new URL(path, origin);
    // Encoded by RFC 3986, as signatures require: a plus sign would not be read as a space.
    url.search = searchOf(options.query ?? {});
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const described = {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    const headers = await authorizedBy(authorize, { method, url, headers: described, ...content });
    const { response, text } = await exchange(origin, async () => {
      const answer = await send(url, {
        // A redirect could send the credentials to another site.
        ...{ method, headers, ...content, redirect: 'manual' },
        ...(signal !== undefined && { signal }),
      });
      return { response: answer, text: await answer.text() };
    });
    refuseRedirect(response, origin);
    if (!response.ok) throw failureOf(response, text);
    // The site's tests check every response against the schema of this type.
    return (noContent ? readNothing(response) : readObject(response, text)) as Answer;
  };
}

/** @throws GmailOfflineAccessError `invalid_base_url`, without the value, which may contain a password */
export function originOf(site: string): string {
  try {
    const { href, origin, protocol } = new URL(site);
    if (href === `${origin}/` && ['https:', 'http:'].includes(protocol)) return origin;
  } catch {
    // Not a URL.
  }
  throw new GmailOfflineAccessError({
    code: 'invalid_base_url',
    detail:
      '`site` must be the origin of the site, such as https://mail.example.com: with a scheme, without a path.',
  });
}

async function authorizedBy(
  authorize: Sign,
  request: RequestToSign,
): Promise<Readonly<Record<string, string>>> {
  try {
    return await authorize(request);
  } catch (cause) {
    throw new GmailOfflineAccessError({
      code: 'signing_failed',
      detail: 'The request could not be signed.',
      cause,
    });
  }
}

/** By the name of the error that `fetch` throws, or of the reason of an AbortSignal. */
const interruptions: ReadonlyMap<string, readonly [ClientCode, string]> = new Map([
  ['TimeoutError', ['timeout', 'The site did not answer in time']],
  ['AbortError', ['aborted', 'The request was aborted']],
]);

async function exchange<Result>(origin: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const [code, what] = interruptions.get(cause instanceof Error ? cause.name : '') ?? [
      'network_error',
      'The site could not be reached, or the connection broke: check `site` and the network',
    ];
    throw new GmailOfflineAccessError({ code, detail: `${what} (${origin}).`, cause });
  }
}

/** A browser hides the target of a redirect and its status. */
function refuseRedirect({ type, status, headers }: Response, origin: string): void {
  if (type !== 'opaqueredirect' && (status < 300 || status > 399)) return;
  const location = headers.get('location');
  throw unexpected(
    status === 0 ? undefined : status,
    `The answer is a redirect${location === null ? '' : ` to ${originOfLocation(location, origin)}`}, which is not followed`,
  );
}

function originOfLocation(location: string, base: string): string {
  return URL.canParse(location, base) ? new URL(location, base).origin : 'no valid address';
}

function readNothing({ status, headers }: Response): undefined {
  if (status !== 204) throw unexpected(status, `The answer is not empty (${typeOf(headers)})`);
}

function readObject({ status, headers }: Response, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The engine's error quotes the body, which may contain mail or a token.
    throw unexpected(status, `The answer is not JSON (${typeOf(headers)})`, new SyntaxError('not JSON'));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw unexpected(status, 'The answer is not a JSON object');
}

function unexpected(status: number | undefined, what: string, cause?: unknown): GmailOfflineAccessError {
  const detail = `${what}. Check \`site\`, and what is between it and this program.`;
  return new GmailOfflineAccessError({ code: 'unexpected_response', status, detail, cause });
}

function typeOf(headers: Headers): string {
  return headers.get('content-type') ?? 'without a content type';
}

/**
 * Fills in the parameters of a path, such as `/messages/{id}`.
 *
 * @throws TypeError for a value that no path can contain
 */
export function pathOf(pattern: string, parameters: Readonly<Record<string, string>>): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name] ?? '';
    // A URL resolves these in any encoding, so another route would be called.
    if (['', '.', '..'].includes(value)) throw new TypeError(`“${value}” is no ${name}.`);
    return percentEncode(value);
  });
}

/** Writes a query in percent encoding only. */
export function searchOf(query: object): string {
  const values: [string, QueryValue][] = Object.entries(query);
  return values.flatMap(([name, value]) => listOf(value).map((each) => `${name}=${encode(each)}`)).join('&');
}

function listOf(value: QueryValue): readonly string[] {
  if (value === undefined) return [];
  if (value instanceof Date) return [value.toISOString()];
  return typeof value === 'object' ? value : [String(value)];
}

/** encodeURIComponent does not encode these five, which RFC 3986 reserves. */
function encode(text: string): string {
  return percentEncode(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Replaces a lone surrogate, such as at the end of a cut text, by U+FFFD: encodeURIComponent throws for it. */
function percentEncode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\uFFFD'));
}
