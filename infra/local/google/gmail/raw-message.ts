import PostalMime, { decodeWords } from 'postal-mime';
import type { MessageContent } from './message.ts';
import { attachmentsOf, type Header, headerOf, type Part } from './part.ts';

/** Deeper than real mail is nested; deeper parts are read as text. */
const deepest = 20;

/** Parses a message in RFC 822's form: the searchable fields and its unchanged bytes. */
export async function readRawMessage(raw: Buffer): Promise<MessageContent> {
  const [{ text, html }, part] = await Promise.all([PostalMime.parse(raw), readRawPart(raw)]);
  const value = (name: string) => headerOf(part, name);
  const [cc, bcc, messageId] = [value('cc'), value('bcc'), value('message-id')];
  const attachments = attachmentsOf(part).map((file) => ({
    filename: file.filename,
    mimeType: file.mimeType,
    sizeBytes: file.body?.length ?? 0,
    isInline: isInline(file),
  }));
  return {
    from: value('from'),
    to: value('to'),
    ...(cc === '' ? {} : { cc }),
    ...(bcc === '' ? {} : { bcc }),
    ...(messageId === '' ? {} : { messageId }),
    subject: value('subject'),
    text: text || textOf(html ?? ''),
    ...(html === undefined ? {} : { html }),
    ...(attachments.length === 0 ? {} : { attachments }),
    headers: part.headers,
    raw: raw.toString('base64'),
  };
}

/** Parses the tree of a message's parts. Postal-mime decodes parts but does not expose the tree. */
export async function readRawPart(raw: Buffer, depth = 0): Promise<Part> {
  const source = raw.toString('latin1');
  const end = /(?:^|\r?\n)\r?\n/.exec(source);
  const head = end === null ? source : source.slice(0, end.index);
  const body = end === null ? '' : source.slice(end.index + end[0].length);
  const headers = await readHeaders(head);
  const type = headerOf({ headers }, 'content-type');
  const mimeType = /^\s*([\w.+-]+\/[\w.+-]+)/.exec(type)?.[1]?.toLowerCase() ?? 'text/plain';
  const boundary = /;\s*boundary\s*=\s*(?:"([^"]+)"|([^;\s]+))/i.exec(type);
  if (mimeType.startsWith('multipart/') && boundary !== null && depth < deepest) {
    const pieces = splitBody(body, boundary[1] ?? boundary[2] ?? '');
    const parts = pieces.map((piece) => readRawPart(Buffer.from(piece, 'latin1'), depth + 1));
    return { mimeType, headers, filename: '', parts: await Promise.all(parts) };
  }
  const { filename, bytes } = await readLeaf(headers, body);
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type)?.[1];
  const leaf = { mimeType, headers, filename };
  if (mimeType === 'message/rfc822' && depth < deepest) {
    return { ...leaf, body: bytes, parts: [await readRawPart(bytes, depth + 1)] };
  }
  return { ...leaf, body: mimeType.startsWith('text/') ? inUtf8(bytes, charset) : bytes };
}

async function readHeaders(head: string): Promise<Header[]> {
  const { headers } = await PostalMime.parse(Buffer.from(`${head}\r\n\r\n`, 'latin1'));
  return headers.map(({ originalKey, value }) => [originalKey, decodeWords(value)]);
}

/** The pieces between the boundary lines (RFC 2046, section 5.1.1). An unclosed part ends with the text. */
function splitBody(body: string, boundary: string): string[] {
  const line = `--${boundary}`;
  const pieces = `\n${body}`.split(
    new RegExp(`\\r?\\n${line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?=--|[ \\t]*\\r?\\n)`),
  );
  const end = pieces.findIndex((piece, index) => index > 0 && piece.startsWith('--'));
  return pieces.slice(1, end === -1 ? undefined : end).map((piece) => piece.replace(/^[ \t]*\r?\n/, ''));
}

/**
 * Decodes a part that is not a multipart. Parsed as an attachment, postal-mime returns its bytes, whatever its type.
 */
async function readLeaf(
  headers: readonly Header[],
  body: string,
): Promise<{ filename: string; bytes: Buffer }> {
  const parametersOf = (name: string) => headerOf({ headers }, name).replace(/^[^;]*/, '');
  const encoding = headerOf({ headers }, 'content-transfer-encoding');
  const head = [
    `Content-Type: application/octet-stream${parametersOf('content-type')}`,
    `Content-Disposition: attachment${parametersOf('content-disposition')}`,
    ...(encoding === '' ? [] : [`Content-Transfer-Encoding: ${encoding}`]),
  ].join('\r\n');
  const file = Buffer.concat([Buffer.from(`${head}\r\n\r\n`), Buffer.from(body, 'latin1')]);
  const { attachments } = await PostalMime.parse(file);
  const [only] = attachments;
  const content = only?.content ?? '';
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(new Uint8Array(content));
  return { filename: only?.filename ?? '', bytes };
}

/** Gmail returns text in UTF-8, whatever charset the part names. */
function inUtf8(bytes: Buffer, charset = 'utf-8'): Buffer {
  try {
    return Buffer.from(new TextDecoder(charset).decode(bytes));
  } catch (error) {
    // An unknown charset: the bytes stay unchanged.
    if (error instanceof RangeError) return bytes;
    throw error;
  }
}

function isInline(part: Part): boolean {
  return (
    headerOf(part, 'content-id') !== '' && !/^\s*attachment/i.test(headerOf(part, 'content-disposition'))
  );
}

function textOf(html: string): string {
  return html
    .replace(/<(style|script|head)\b.*?<\/\1\s*>/gis, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
