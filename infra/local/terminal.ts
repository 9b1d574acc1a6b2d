/** The output of a terminal; `process.stdout` is one. */
export interface TerminalOutput {
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
export function createTerminal(output: TerminalOutput): Terminal {
  let status = '';
  return {
    canUpdate: output.isTTY === true,
    log(text) {
      output.write(status === '' ? `${text}\n` : `${clearLine}${text}\n${status}`);
    },
    update(text) {
      // A wrapped line could not be cleared as one. Some terminals report a width of 0, which means unknown.
      status = text.slice(0, (output.columns || 80) - 1);
      output.write(`${clearLine}${status}`);
    },
  };
}
