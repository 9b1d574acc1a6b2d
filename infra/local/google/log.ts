/** Receives the log fields of the local Google: never words of a search or of mail. */
export type GoogleLog = (fields: Readonly<Record<string, unknown> & { readonly event: string }>) => void;
