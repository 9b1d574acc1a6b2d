/** What a terminal is written on; `process.stdout` is one. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Lines that scroll by, and below them one that stays and changes. */
interface Terminal {
  /** Whether a line can stay at all; into a file or a pipe it cannot. */
  readonly canUpdate: boolean;
  log(text: string): void;
  /** Replaces the line that stays; it goes with an empty text. */
  update(text: string): void;
}

/** ECMA-48: carriage return, then erase to the end of the line. */
const clearLine = '\r\u001B[K';

/** Keeps the line that stays below all that is logged, so that neither tears the other. */
export function createTerminal(screen: Screen): Terminal {
  let staying = '';
  return {
    canUpdate: screen.isTTY === true,
    log(text) {
      screen.write(staying === '' ? `${text}\n` : `${clearLine}${text}\n${staying}`);
    },
    update(text) {
      // A line that wraps could not be cleared as one. Some terminals give their width as 0: they do not know it.
      staying = text.slice(0, (screen.columns || 80) - 1);
      screen.write(`${clearLine}${staying}`);
    },
  };
}
