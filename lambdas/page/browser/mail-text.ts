import type { MessagePart } from '../../api/answers.ts';

/** The text of a message: plain, or else HTML. */
export interface MailText {
  readonly kind: 'plain' | 'html' | 'none';
  readonly text: string;
}

/** Finds the text of a message: non-empty plain text before HTML; attachments are ignored. */
export function textOf(payload: MessagePart): MailText {
  const inline = flatten(payload).filter(({ filename }) => !filename);
  for (const [kind, mimeType] of [
    ['plain', 'text/plain'],
    ['html', 'text/html'],
  ] as const) {
    const text = inline
      .filter((part) => part.mimeType?.toLowerCase() === mimeType)
      .map(decodeBody)
      .join('\n');
    if (text.trim() !== '') return { kind, text: text.replaceAll('\r\n', '\n') };
  }
  return { kind: 'none', text: '' };
}

export function attachmentsOf(payload: MessagePart): { readonly name: string; readonly size: number }[] {
  return flatten(payload).flatMap(({ filename, body }) =>
    filename ? { name: filename, size: body?.size ?? 0 } : [],
  );
}

/** The value of a header; empty if there is none. */
export function headerOf({ headers = [] }: MessagePart, wanted: string): string {
  return headers.find(({ name }) => name.toLowerCase() === wanted)?.value ?? '';
}

function flatten(part: MessagePart): MessagePart[] {
  return [part, ...(part.parts ?? []).flatMap(flatten)];
}

/** Decodes as UTF-8 if the bytes are valid, else with the declared charset, which some senders declare wrongly. */
function decodeBody(part: MessagePart): string {
  const bytes = decodeBase64Url(part.body?.data ?? '');
  const [, named = 'windows-1252'] = /charset="?([\w.:-]+)/i.exec(headerOf(part, 'content-type')) ?? [];
  for (const charset of ['utf-8', named]) {
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytes);
    } catch {
      // Try the next: RangeError means an unknown charset, TypeError means invalid bytes.
    }
  }
  return new TextDecoder('windows-1252').decode(bytes);
}

function decodeBase64Url(data: string): Uint8Array {
  // Cut off what is not base64: one bad part must not hide the rest.
  const [valid = ''] = /^[\w-]*/.exec(data) ?? [];
  const whole = valid.length % 4 === 1 ? valid.slice(0, -1) : valid;
  const binary = atob(whole.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

interface TextPiece {
  readonly text: string;
  readonly href?: string;
}

/** The most links in a text; further addresses stay text, because browsers cannot show very many links. */
const mostLinks = 1_000;

export function findLinks(text: string): TextPiece[] {
  const pieces: TextPiece[] = [];
  let end = 0;
  let links = 0;
  for (const { 0: address, index } of text.matchAll(/\bhttps?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]}’”]/gi)) {
    if (index > end) pieces.push({ text: text.slice(end, index) });
    pieces.push(isWebAddress(address) ? { text: address, href: address } : { text: address });
    end = index + address.length;
    links += 1;
    if (links === mostLinks) break;
  }
  if (end < text.length) pieces.push({ text: text.slice(end) });
  return pieces;
}

/** Whether a link to this address is allowed: to the web or a mail program, never into this page. */
export function isWebAddress(address: string): boolean {
  return URL.canParse(address) && ['http:', 'https:', 'mailto:'].includes(new URL(address).protocol);
}
