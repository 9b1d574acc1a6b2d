/** A parsed search in Gmail's language. */
export type Expression =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | Term
  | Proximity;

/** Words to find, anywhere or by an operator: `budget`, `"two words"`, `from:ada`. */
export interface Term {
  readonly kind: 'term';
  /** In lower case, without its colon. */
  readonly operator?: string;
  readonly value: string;
}

/** Two terms with at most this many words between them. */
export interface Proximity {
  readonly kind: 'near';
  readonly first: string;
  readonly second: string;
  readonly distance: number;
  /** In quotes, the first term must come first. */
  readonly isOrdered: boolean;
}

/** The tokens of a search, matched at the current position. */
const patterns = {
  space: /\s*/y,
  bracket: /[(){}]/y,
  sign: /[-+](?=[^\s(){}])|-(?=[({])/y,
  operator: /([a-z][a-z0-9_]{0,30}):(?=[^\s)}])/iy,
  phrase: /"([^"]*)"?/y,
  word: /[^\s(){}"]+/y,
} as const;

const around = /^(.+?)\s+AROUND\s+(\d{1,4})\s+(.+)$/;

/**
 * Parses a search as Gmail's search box does (Gmail Help, "Refine searches in Gmail"): adjacent terms must all match,
 * `OR` binds tighter than that, `{}` contains alternatives, `()` groups, `-` excludes, `+` matches the exact word.
 * Never fails: an unclosed bracket ends with the text, and an unopened one is ignored.
 */
export function readQuery(text: string): Expression {
  const source = new Source(text);
  const parts: Expression[] = [];
  while (!source.isAtEnd()) {
    parts.push(...readSequence(source, undefined));
    source.take('bracket');
  }
  return { kind: 'all', of: parts };
}

/** Parses up to a closing bracket or the end. An operator before the bracket applies to every word in it. */
function readSequence(source: Source, operator: string | undefined): Expression[] {
  const parts: Expression[] = [];
  while (!source.isAtEnd() && !source.isAt(')') && !source.isAt('}')) {
    if (source.skipWord('AND')) continue;
    parts.push(readAlternatives(source, operator));
  }
  return parts;
}

function readAlternatives(source: Source, operator: string | undefined): Expression {
  const parts = [readNear(source, operator)];
  while (source.skipWord('OR')) {
    if (source.isAtEnd() || source.isAt(')') || source.isAt('}')) break;
    parts.push(readNear(source, operator));
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: 'any', of: parts };
}

function readNear(source: Source, operator: string | undefined): Expression {
  const first = readOne(source, operator);
  if (first.kind !== 'term' || first.operator !== undefined) return first;
  const distance = source.skipAround();
  if (distance === undefined) return first;
  const second = readOne(source, operator);
  if (second.kind !== 'term' || second.operator !== undefined) return { kind: 'all', of: [first, second] };
  return { kind: 'near', first: first.value, second: second.value, distance, isOrdered: false };
}

function readOne(source: Source, operator: string | undefined): Expression {
  const sign = source.take('sign');
  if (sign === '-') return { kind: 'not', of: readOne(source, operator) };
  const bracket = source.take('bracket');
  if (bracket === '(' || bracket === '{') {
    const of = readSequence(source, operator);
    source.take('bracket');
    return { kind: bracket === '(' ? 'all' : 'any', of };
  }
  const own = source.take('operator')?.slice(0, -1).toLowerCase();
  if (own !== undefined && (source.isAt('(') || source.isAt('{'))) return readOne(source, own);
  return readTerm(source, own ?? operator);
}

function readTerm(source: Source, operator: string | undefined): Expression {
  const phrase = source.take('phrase');
  const value = phrase === undefined ? (source.take('word') ?? '') : phrase.replaceAll('"', '');
  const near = phrase !== undefined && operator === undefined ? around.exec(value) : null;
  if (near !== null) {
    const [, first = '', distance = '', second = ''] = near;
    return { kind: 'near', first, second, distance: Number(distance), isOrdered: true };
  }
  return { kind: 'term', ...(operator === undefined ? {} : { operator }), value };
}

/** The text of a search, read from left to right. */
class Source {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skipSpace();
  }

  isAtEnd(): boolean {
    return this.#position >= this.#text.length;
  }

  isAt(text: string): boolean {
    return this.#text.startsWith(text, this.#position);
  }

  /** Takes the next token if it is of this kind, and the space after it; an operator keeps its colon. */
  take(kind: keyof typeof patterns): string | undefined {
    const found = this.#match(patterns[kind]);
    if (found === undefined || found === '') return undefined;
    this.#position += found.length;
    // An operator or a sign applies to what follows immediately.
    if (kind !== 'operator' && kind !== 'sign') this.#skipSpace();
    return found;
  }

  /** Takes a keyword of the language, such as `OR`. */
  skipWord(word: string): boolean {
    if (this.#match(patterns.word) !== word) return false;
    this.#position += word.length;
    this.#skipSpace();
    return true;
  }

  /** Takes `AROUND 5` and returns the number. */
  skipAround(): number | undefined {
    const found = this.#match(/AROUND\s+\d{1,4}(?=\s+[^\s)}])/y);
    if (found === undefined) return undefined;
    this.#position += found.length;
    this.#skipSpace();
    return Number(found.slice('AROUND'.length));
  }

  #skipSpace(): void {
    this.#position += this.#match(patterns.space)?.length ?? 0;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    return pattern.exec(this.#text)?.[0];
  }
}
