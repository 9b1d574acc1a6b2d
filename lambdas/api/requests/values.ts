import * as v from 'valibot';

// Bundles leave out unused schemas whose function is marked as free of side effects.

/** A parameter that may be given only once. */
export const once = v.pipe(
  v.array(v.string()),
  v.length(1, 'may be given only once'),
  v.transform(([value = '']) => value),
);

/** A parameter that is `true` or `false`. */
export const flag = v.pipe(
  once,
  v.picklist(['true', 'false'], 'must be true or false'),
  v.transform((value) => value === 'true'),
);

/** A parameter that is a whole number within bounds. */
export const wholeNumber = /* @__NO_SIDE_EFFECTS__ */ (least: number, most: number) => {
  const words = `must be a whole number from ${least} to ${most}`;
  return v.pipe(
    once,
    v.regex(/^\d{1,9}$/, words),
    v.transform(Number),
    v.minValue(least, words),
    v.maxValue(most, words),
  );
};

/** A parameter of up to so many characters. */
export const text = /* @__NO_SIDE_EFFECTS__ */ (most: number) =>
  v.pipe(once, v.maxLength(most, 'is too long'));

/**
 * A query with these parameters and no others, so that a misspelt one is not ignored.
 *
 * @param others known parameters that are parsed elsewhere
 */
/* @__NO_SIDE_EFFECTS__ */
export function strictQuery<const Entries extends v.ObjectEntries>(entries: Entries, ...others: string[]) {
  const names = [...others, ...Object.keys(entries)];
  const list = new Intl.ListFormat('en-GB').format(names);
  return v.strictObject(entries, `is not known; known ${names.length === 1 ? 'is' : 'are'} ${list}`);
}

/** A JSON object with these fields and no others, so that a misspelt one is not ignored. */
/* @__NO_SIDE_EFFECTS__ */
export function jsonObject<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, ({ expected, received }) => {
    if (expected === 'never') return 'is not known';
    return received === 'undefined' ? 'is missing' : 'must be an object';
  });
}

/**
 * A text of up to so many visible characters: no control characters, no lone surrogates, not blank, and no U+FFFD,
 * which replaces bytes that are not UTF-8, so that two texts could become one.
 */
export const visibleText = /* @__NO_SIDE_EFFECTS__ */ (most: number) => {
  const words = `must have 1 to ${most} visible characters`;
  return v.pipe(
    v.string(words),
    v.nonEmpty(words),
    v.maxLength(most, words),
    // Checks, which the description omits: its patterns have no \p in Python, nor in JavaScript without a flag.
    v.check((text) => /^[^\p{Cc}\p{Cs}\uFFFD]+$/u.test(text) && /[^\p{C}\p{Z}]/u.test(text), words),
    v.description(`1 to ${most} visible characters.`),
  );
};

/** The owner of a mailbox, as the inviting team names it: its tenant, its user or both. Compared exactly. */
export const owner = visibleText(256);

/** A PKCE code challenge by the method S256. */
export const codeChallenge = v.pipe(
  v.string('must be a text'),
  v.regex(/^[A-Za-z0-9_-]{43}$/, 'must be a SHA-256 in base64url, which has 43 characters'),
);

/** The optional challenge method; only S256 is accepted. */
export const codeChallengeMethod = v.optional(v.pipe(once, v.literal('S256', 'can only be S256')));

/** A code verifier (RFC 7636, 4.1). */
export const codeVerifier = v.pipe(
  v.string('must be a text'),
  v.regex(/^[A-Za-z0-9._~-]{43,128}$/, 'must have 43 to 128 characters: letters, digits, - . _ ~'),
);
