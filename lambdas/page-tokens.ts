import { Problem } from './errors.ts';

/** The problem of a page token that Gmail issued and then refused: the next job starts anew, after a growing delay. */
export function pageTokenRefused(): Problem {
  return new Problem('google_error', { cause: new Error('Gmail refused a page token that it gave.') });
}

/** The page tokens of one Gmail listing. A repeated token would be followed endlessly. */
export class PageTokens {
  readonly #seen = new Set<string>();

  /** @param first where the listing begins, if not at its start */
  constructor(first?: string) {
    if (first !== undefined) this.#seen.add(first);
  }

  /** Whether the token was seen before. */
  has(token: string | undefined): boolean {
    return token !== undefined && this.#seen.has(token);
  }

  /**
   * @returns the token of the next page
   * @throws Problem `google_error` if it was seen before
   */
  follow(next: string | undefined): string | undefined {
    if (this.has(next)) {
      throw new Problem('google_error', { cause: new Error('Gmail repeated a page token.') });
    }
    if (next !== undefined) this.#seen.add(next);
    return next;
  }
}
