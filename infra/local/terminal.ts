/** The output of a terminal; `process.stdout` is one. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Scrolling lines with a status line below them. */
interface Terminal {
  /** Whether a status line is possible; in a file or a pipe it is not. */
  readonly canUpdate: boolean;
  log(text: string): void;
  /** Replaces the status line; an empty text removes it. */
  update(text: string): void;
}

/** ECMA-48: carriage return, then erase to the end of the line. */
const clearLine = '\r\u001B[K';

/** Keeps the status line below all logged lines, so that neither breaks the other. */
export function createTerminal(screen: Screen): Terminal {
  let staying = '';
  return {
    canUpdate: screen.isTTY === true,
    log(text) {
      screen.write(staying === '' ? `${text}\n` : `${clearLine}${text}\n${staying}`);
    },
    update(text) {
      // A wrapped line could not be cleared as one. Some terminals report a width of 0, which means unknown.
      staying = text.slice(0, (screen.columns || 80) - 1);
      screen.write(`${clearLine}${staying}`);
    },
  };
}
