import type { ResponseHeaders } from './failure.ts';

/** The response to one call of a batch. */
export interface ResponsePart {
  /** Its `Content-ID` without the angle brackets. */
  readonly contentId: string;
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string;
}

/**
 * Reads a `multipart/mixed` response (RFC 2046, 5.1) whose parts are `application/http`. Lines may end in CRLF or LF.
 * Other parts are skipped. A last part without a closing boundary is skipped too, because it may be incomplete.
 */
export function readParts(contentType: string, text: string): ResponsePart[] {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return [];
  const parts: ResponsePart[] = [];
  let lines: string[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    const isEnd = isDelimiter(line, `--${boundary}--`);
    if (isEnd || isDelimiter(line, `--${boundary}`)) {
      const part = lines === undefined ? undefined : readPart(lines);
      if (part !== undefined) parts.push(part);
      if (isEnd) break;
      lines = [];
    } else lines?.push(line);
  }
  return parts;
}

function boundaryOf(contentType: string): string | undefined {
  const [, quoted, bare] =
    /^multipart\/mixed\s*;.*?\bboundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType) ?? [];
  return quoted ?? bare;
}

/** Only white space may follow a delimiter. */
function isDelimiter(line: string, delimiter: string): boolean {
  return line.startsWith(delimiter) && line.slice(delimiter.length).trim() === '';
}

function readPart(lines: readonly string[]): ResponsePart | undefined {
  const outer = readHead(lines);
  const contentId = outer.headers.get('content-id')?.replace(/^<|>$/g, '');
  const start = outer.rest.findIndex((line) => line !== '');
  const [, status] = /^HTTP\/\d(?:\.\d)? (\d{3})(?:\s|$)/.exec(outer.rest[start] ?? '') ?? [];
  if (contentId === undefined || status === undefined) return undefined;
  const { headers, rest } = readHead(outer.rest.slice(start + 1));
  return { contentId, status: Number(status), headers, body: rest.join('\n') };
}

/** Splits the headers, up to the first empty line, from the rest. */
function readHead(lines: readonly string[]): { headers: ResponseHeaders; rest: readonly string[] } {
  const empty = lines.indexOf('');
  const end = empty === -1 ? lines.length : empty;
  const headers = new Map<string, string>();
  for (const line of lines.slice(0, end)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { headers: { get: (name) => headers.get(name) ?? null }, rest: lines.slice(end + 1) };
}
