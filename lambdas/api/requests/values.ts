import * as v from 'valibot';

// A function that says that it has no side effects leaves nothing in the bundles of those who need other schemas.

/** A parameter that may be given once. */
export const once = v.pipe(
  v.array(v.string()),
  v.length(1, 'may be given only once'),
  v.transform(([value = '']) => value),
);

/** A parameter that says `true` or `false`. */
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

/**
 * The schema of a JSON object that has these fields and no others: a misspelt one must not pass for one left out.
 */
/* @__NO_SIDE_EFFECTS__ */
export function jsonObject<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, ({ expected, received }) => {
    if (expected === 'never') return 'is not known';
    return received === 'undefined' ? 'is missing' : 'must be an object';
  });
}

/**
 * A text of up to so many characters that people can see: no control characters, no halves of characters, and not
 * blank; nor U+FFFD, which stands for whatever was no UTF-8: in it two texts would be one.
 */
export const visibleText = /* @__NO_SIDE_EFFECTS__ */ (most: number) => {
  const words = `must have 1 to ${most} visible characters`;
  return v.pipe(
    v.string(words),
    v.nonEmpty(words),
    v.maxLength(most, words),
    // Checks, not patterns of the description: Python has no \p, and JavaScript none without the flag.
    v.check((text) => /^[^\p{Cc}\p{Cs}\uFFFD]+$/u.test(text) && /[^\p{C}\p{Z}]/u.test(text), words),
    v.description(`1 to ${most} visible characters.`),
  );
};

/**
 * The owner of a mailbox, in words that the team which invites people chooses: its tenant, its user, both. Compared
 * letter by letter.
 */
export const owner = visibleText(256);

/** A challenge by the method S256: a SHA-256 in base64url. */
export const codeChallenge = v.pipe(
  v.string('must be a text'),
  v.regex(/^[A-Za-z0-9_-]{43}$/, 'must be a SHA-256 in base64url, which has 43 characters'),
);

/** The parameter that may name the method; there is one. */
export const codeChallengeMethod = v.optional(v.pipe(once, v.literal('S256', 'can only be S256')));

/** A code verifier (RFC 7636, 4.1). */
export const codeVerifier = v.pipe(
  v.string('must be a text'),
  v.regex(/^[A-Za-z0-9._~-]{43,128}$/, 'must have 43 to 128 characters: letters, digits, - . _ ~'),
);
