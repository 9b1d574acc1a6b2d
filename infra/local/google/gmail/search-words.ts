/** Text in scripts without spaces between words. */
const unspaced =
  /[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+/gu;

const segmenter = new Intl.Segmenter('und', { granularity: 'word' });

/** Accents, and the optional points of Hebrew and Arabic. */
const points = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1-\u05c7\u064b-\u0652\u0670]/g;

/** Returns the words of a text in lower case and without accents, in their order. */
export function wordsOf(text: string): string[] {
  return text
    .normalize('NFKC')
    .replace(unspaced, (run) => ` ${[...segmenter.segment(run)].map(({ segment }) => segment).join(' ')} `)
    .normalize('NFKD')
    .replace(points, '')
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** Returns the positions in a text at which a phrase begins: its whole words in order. */
export function placesOf(phrase: readonly string[], text: readonly string[]): number[] {
  return text.flatMap((_, place) =>
    phrase.every((word, index) => text[place + index] === word) ? [place] : [],
  );
}
