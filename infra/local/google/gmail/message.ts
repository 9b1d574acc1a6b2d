/** A message as stored. */
export interface Message {
  /** 16 hex digits. */
  readonly id: string;
  readonly threadId: string;
  /** A decimal number; compare as BigInt. */
  readonly historyId: string;
  /** Milliseconds since 1970. */
  readonly internalDate: number;
  readonly labelIds: readonly string[];
  readonly content: MessageContent;
}

/** The content of a message, without its place in the mailbox. */
export interface MessageContent {
  readonly from: string;
  readonly to: string;
  readonly cc?: string;
  readonly bcc?: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly attachments?: readonly Attachment[];
  /** Further headers, such as `List-Unsubscribe`. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** The Message-ID of the message that this one replies to. */
  readonly inReplyTo?: string;
  /** The text is padded until the message has about this many bytes. */
  readonly sizeBytes?: number;
  /** The Message-ID, if it is not derived from the message's ID. */
  readonly messageId?: string;
  /** The whole raw message in base64; the other fields then serve searches. */
  readonly raw?: string;
}

/** A file in a message. Unless the message is stored raw, its bytes are derived from its name and size. */
export interface Attachment {
  readonly filename: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  /** It is part of the displayed message, such as an image in its HTML. */
  readonly isInline?: boolean;
}

/** Returns the Message-ID header of a message. */
export function messageIdOf(message: Pick<Message, 'id'> & Partial<Pick<Message, 'content'>>): string {
  return message.content?.messageId ?? `<${message.id}@mail.local-google.example>`;
}

/** Returns the text, padded to the requested size. */
export function fullText({ text, sizeBytes }: MessageContent): string {
  if (sizeBytes === undefined || sizeBytes <= text.length) return text;
  const line = `${'Lorem ipsum dolor sit amet. '.repeat(3).slice(0, 74)}\r\n`;
  const missing = sizeBytes - text.length;
  return `${text}\r\n${line.repeat(Math.ceil(missing / line.length))}`.slice(0, sizeBytes);
}

/** Returns the approximate size of the message in bytes, without building it. */
export function sizeEstimate({ content }: Message): number {
  if (content.raw !== undefined) return Buffer.byteLength(content.raw, 'base64');
  const files = (content.attachments ?? []).reduce((sum, { sizeBytes }) => sum + sizeBytes * 1.37, 0);
  const text = Math.max(content.text.length, content.sizeBytes ?? 0);
  return Math.round(700 + content.subject.length + text + (content.html?.length ?? 0) + files);
}

/** Returns the bytes of an attachment. */
export function attachmentBytes({ filename, sizeBytes }: Attachment): Buffer {
  return Buffer.alloc(sizeBytes, `${filename}\n`);
}

/** Returns the beginning of the text on one line, with HTML entities, like Gmail's snippet. */
export function snippetOf({ content }: Message): string {
  const line = content.text.slice(0, 400).replace(/\s+/g, ' ').trim().slice(0, 200).trim();
  return line
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}
