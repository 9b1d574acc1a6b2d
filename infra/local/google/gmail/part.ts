/** A header of a message, its value decoded. */
export type Header = readonly [name: string, value: string];

/** A MIME part, before it is written as Gmail's JSON or as RFC 5322. */
export interface Part {
  readonly mimeType: string;
  readonly headers: readonly Header[];
  readonly filename: string;
  /** Decoded; text in UTF-8. Undefined for a multipart. */
  readonly body?: Buffer;
  readonly parts?: readonly Part[];
}

/** Whether Gmail represents the part by an attachment ID instead of its bytes. */
export function isAttachment({ body, filename, mimeType }: Part): boolean {
  return body !== undefined && (filename !== '' || !mimeType.startsWith('text/'));
}

/** Returns the attachments of a message in the order in which Gmail numbers them. */
export function attachmentsOf(part: Part): Part[] {
  return [...(isAttachment(part) ? [part] : []), ...(part.parts ?? []).flatMap(attachmentsOf)];
}

/** Returns the first value of a header, case-insensitively; '' if there is none. */
export function headerOf({ headers }: Pick<Part, 'headers'>, wanted: string): string {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
}
