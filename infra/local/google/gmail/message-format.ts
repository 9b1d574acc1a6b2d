import { attachmentBytes, fullText, type Message, messageIdOf, sizeEstimate, snippetOf } from './message.ts';
import { attachmentsOf, type Header, isAttachment, type Part } from './part.ts';
import { readRawPart } from './raw-message.ts';

/** The format of a message in a response. */
export type Format = 'full' | 'metadata' | 'minimal' | 'raw';

/** Returns a message in the form of Gmail's `Message` resource. */
export async function formatMessage(
  message: Message,
  format: Format,
  metadataHeaders: readonly string[] = [],
) {
  const { id, threadId, historyId, internalDate, labelIds } = message;
  const common = {
    id,
    threadId,
    labelIds: labelIds.length > 0 ? labelIds : undefined,
    snippet: snippetOf(message),
    sizeEstimate: sizeEstimate(message),
    historyId,
    internalDate: String(internalDate),
  };
  if (format === 'minimal') return common;
  if (format === 'raw') return { ...common, raw: rawMessage(message).toString('base64url') };
  const part = await readPart(message);
  if (format === 'full') return { ...common, payload: payload(part, '') };
  const wanted = metadataHeaders.map((name) => name.toLowerCase());
  const headers = part.headers
    .filter(([name]) => wanted.length === 0 || wanted.includes(name.toLowerCase()))
    .map(([name, value]) => ({ name, value }));
  return { ...common, payload: { mimeType: part.mimeType, ...(headers.length > 0 ? { headers } : {}) } };
}

/** Returns an attachment's bytes, or undefined if the message has none with this ID. */
export async function findAttachment(message: Message, attachmentId: string): Promise<Buffer | undefined> {
  const attachments = attachmentsOf(await readPart(message));
  return attachments.find((_, index) => attachmentIdOf(index) === attachmentId)?.body;
}

/**
 * Returns the raw message. A generated one is written as it would be sent: RFC 5322, ASCII, body lines of at most 76
 * characters.
 */
export function rawMessage(message: Message): Buffer {
  const { raw } = message.content;
  return raw === undefined
    ? Buffer.from(writePart(messagePart(message), message.id))
    : Buffer.from(raw, 'base64');
}

async function readPart(message: Message): Promise<Part> {
  const { raw } = message.content;
  return raw === undefined ? messagePart(message) : readRawPart(Buffer.from(raw, 'base64'));
}

function messagePart(message: Message): Part {
  const { content, internalDate } = message;
  const headers: Header[] = [
    ['Delivered-To', content.to],
    ['Date', new Date(internalDate).toUTCString().replace('GMT', '+0000')],
    ['From', content.from],
    ['To', content.to],
    ['Subject', content.subject],
    ['Message-ID', messageIdOf(message)],
    ...(content.inReplyTo === undefined
      ? []
      : ([
          ['In-Reply-To', content.inReplyTo],
          ['References', content.inReplyTo],
        ] satisfies Header[])),
    ...(content.headers ?? []),
    ['MIME-Version', '1.0'],
  ];
  const body = bodyPart(message);
  const files = (content.attachments ?? []).map(
    (attachment): Part => ({
      mimeType: attachment.mimeType,
      filename: attachment.filename,
      headers: [
        ['Content-Type', `${attachment.mimeType}; name="${attachment.filename}"`],
        ['Content-Disposition', `attachment; filename="${attachment.filename}"`],
        ['Content-Transfer-Encoding', 'base64'],
      ],
      body: attachmentBytes(attachment),
    }),
  );
  const top = files.length === 0 ? body : multipart('mixed', message.id, [body, ...files]);
  return { ...top, headers: [...headers, ...top.headers] };
}

function bodyPart(message: Message): Part {
  const { content } = message;
  const plain = textPart('text/plain', fullText(content));
  if (content.html === undefined) return plain;
  return multipart('alternative', message.id, [plain, textPart('text/html', content.html)]);
}

function textPart(mimeType: string, text: string): Part {
  return {
    mimeType,
    filename: '',
    headers: [
      ['Content-Type', `${mimeType}; charset="UTF-8"`],
      ['Content-Transfer-Encoding', 'base64'],
    ],
    body: Buffer.from(text),
  };
}

function multipart(kind: string, id: string, parts: readonly Part[]): Part {
  return {
    mimeType: `multipart/${kind}`,
    filename: '',
    headers: [['Content-Type', `multipart/${kind}; boundary="${boundaryOf(kind, id)}"`]],
    parts,
  };
}

function boundaryOf(kind: string, id: string): string {
  return `=_${kind}_${id}`;
}

/** Gmail's JSON of a part. An attachment is represented by its ID, without its bytes. */
function payload(part: Part, partId: string, attachment = { next: 0 }): Record<string, unknown> {
  const { body, parts, mimeType, filename } = part;
  const headers = part.headers.map(([name, value]) => ({ name, value }));
  const data = isAttachment(part)
    ? { attachmentId: attachmentIdOf(attachment.next++) }
    : { data: body?.toString('base64url') };
  return {
    partId,
    mimeType,
    filename,
    headers,
    body: body === undefined ? { size: 0 } : { ...data, size: body.length },
    parts: parts?.map((child, index) =>
      payload(child, partId === '' ? String(index) : `${partId}.${index}`, attachment),
    ),
  };
}

function attachmentIdOf(index: number): string {
  return `ANGjdJ_attachment_${index}`;
}

function writePart(part: Part, id: string): string {
  const headers = part.headers.map(([name, value]) => `${name}: ${encodeHeader(value)}\r\n`).join('');
  if (part.body !== undefined) return `${headers}\r\n${base64Lines(part.body)}`;
  const boundary = boundaryOf(part.mimeType.replace('multipart/', ''), id);
  const parts = (part.parts ?? []).map((child) => `--${boundary}\r\n${writePart(child, id)}`);
  return `${headers}\r\n${parts.join('')}--${boundary}--\r\n`;
}

/** RFC 2047: runs of words that are not ASCII are encoded, at most 75 characters a word; addresses are unchanged. */
function encodeHeader(value: string): string {
  return value.replace(/[^\s<>]*[^\p{ASCII}][^\s<>]*(?:\s+[^\s<>]*[^\p{ASCII}][^\s<>]*)*/gu, (run) => {
    const words: string[] = [];
    let chunk = '';
    for (const character of run) {
      if (Buffer.byteLength(chunk + character) > 45) {
        words.push(chunk);
        chunk = '';
      }
      chunk += character;
    }
    words.push(chunk);
    return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ');
  });
}

function base64Lines(body: Buffer): string {
  return body.toString('base64').replace(/.{1,76}/g, '$&\r\n');
}
