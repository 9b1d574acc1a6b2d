/** The allow-list of log fields. Anything else cannot be logged: no tokens, codes, cookies or mail. */
export interface LogFields {
  /** What happened, in constant words. */
  readonly event: string;
  readonly requestId?: string | undefined;
  readonly route?: string | undefined;
  readonly status?: number | undefined;
  readonly durationMs?: number | undefined;
  /** A problem's code. */
  readonly code?: string | undefined;
  /** Google's stable account number, never an address. */
  readonly accountId?: string | undefined;
  /** The kind of the decrypted token: `refresh`, `access` or `login`. */
  readonly tokenKind?: string | undefined;
  /** Why it was decrypted. */
  readonly reason?: string | undefined;
  /** The ARN of the AWS identity that signed a backend's request. */
  readonly signedBy?: string | undefined;
  /** An `error` code of OAuth 2.0 or a `reason` of Gmail, as letters and underscores. */
  readonly googleError?: string | undefined;
  readonly googleStatus?: number | undefined;
  readonly errorName?: string | undefined;
  readonly errorCode?: string | undefined;
  /** The places in our code without the message, which may quote anything. */
  readonly stack?: string | undefined;
  readonly admitted?: number | undefined;
  readonly postponed?: number | undefined;
  readonly erased?: number | undefined;
  readonly started?: number | undefined;
  /** Number of changes published to the event bus. */
  readonly published?: number | undefined;
  readonly resumed?: number | undefined;
  readonly finished?: number | undefined;
  /** Gmail quota units. */
  readonly units?: number | undefined;
  /** What the operator must do. */
  readonly remedy?: string | undefined;
}

const allowed: ReadonlySet<string> = new Set<keyof LogFields>([
  'event',
  'requestId',
  'route',
  'status',
  'durationMs',
  'code',
  'accountId',
  'tokenKind',
  'reason',
  'signedBy',
  'googleError',
  'googleStatus',
  'errorName',
  'errorCode',
  'stack',
  'admitted',
  'postponed',
  'erased',
  'started',
  'published',
  'resumed',
  'finished',
  'units',
  'remedy',
]);

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
