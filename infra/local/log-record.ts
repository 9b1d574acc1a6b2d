/** One log line of a function, as in its log group. */
export interface LogRecord {
  /** ISO 8601, by the function's clock. */
  readonly time: string;
  readonly level: LogLevel;
  readonly functionName: string;
  /** What was logged: the fields of the logged object, or a `message`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The severity of a log line, by the method of `console` that wrote it. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
