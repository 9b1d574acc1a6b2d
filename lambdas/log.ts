const textFields = [
  'requestId',
  'route',
  // A problem's code.
  'code',
  // Google's stable account number, never an address.
  'accountId',
  // The kind of the decrypted token (`refresh`, `access` or `login`), and why it was decrypted.
  'tokenKind',
  'reason',
  // The ARN of the AWS identity that signed a backend's request.
  'signedBy',
  // An `error` code of OAuth 2.0 or a `reason` of Gmail, as letters and underscores.
  'googleError',
  'errorName',
  'errorCode',
  // The places in our code without the message, which may quote anything.
  'stack',
  // What the operator must do.
  'remedy',
] as const;

const numberFields = [
  ...(['status', 'durationMs', 'googleStatus', 'admitted', 'postponed', 'erased'] as const),
  ...(['started', 'published', 'resumed', 'finished', 'units'] as const),
] as const;

/** The fields of a log line: `event` says what happened, in constant words. */
export type LogFields = { readonly event: string } & {
  readonly [Name in (typeof textFields)[number]]?: string | undefined;
} & { readonly [Name in (typeof numberFields)[number]]?: number | undefined };

/** The allow-list. Anything else cannot be logged: no tokens, codes, cookies or mail. */
const allowed: ReadonlySet<string> = new Set(['event', ...textFields, ...numberFields]);

/** Writes one structured line for each call. */
export interface Logger {
  info(fields: LogFields): void;
  warn(fields: LogFields): void;
  error(fields: LogFields): void;
}

/** The log of a function. Lambda's JSON log format keeps the object and adds level and time. */
export const log: Logger = {
  info: (fields) => console.info(pick(fields)),
  warn: (fields) => console.warn(pick(fields)),
  error: (fields) => console.error(pick(fields)),
};

/** What may be logged of any error: its name, its code and where it arose. */
export function describeError(error: unknown): Pick<LogFields, 'errorName' | 'errorCode' | 'stack'> {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // The stack begins with the message, whose lines may look like places.
  const { stack = '', message } = error;
  const start = stack.indexOf(message);
  const places = start < 0 ? [] : stack.slice(start + message.length).split('\n');
  return { errorName: error.name, errorCode: code, stack: places.slice(1, 9).join('\n') };
}

function pick(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([key, value]) => allowed.has(key) && value !== undefined)
      .map(([key, value]) => [key, foreignWords.has(key) && !isName(value) ? 'unknown' : value]),
  );
}

/** Fields with text from another service or a proxy. */
const foreignWords: ReadonlySet<string> = new Set<keyof LogFields>(['errorName', 'errorCode', 'googleError']);

/** Whether the text is an error name such as `ERR_HTTP2_ERROR`: letters and few digits, unlike any secret. */
function isName(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z_.]{1,60}(\d[A-Za-z_.]{0,20})?$/.test(value);
}
