// Finds the known word that a mistyped one most likely means.
import { distance } from 'fastest-levenshtein';

/** Longer texts are no mistyped words. */
const maxLength = 64;

/** Words that a text is compared with at most. */
const maxWords = 200;

/** Letters and digits in lower case: `secretId`, `secret-id` and `secret_id` are the same word. */
const normal = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}*]/gu, '');

/** `; did you mean WORD?` for a known word that is close enough, else nothing. Never repeats the text itself. */
export function didYouMean(text: unknown, words: readonly string[]): string {
  const word = typeof text === 'string' ? closestWord(text, words, isClose) : undefined;
  return word === undefined ? '' : `; did you mean ${word}?`;
}

/** The nearest word, if there is any that `accepts` the distance to. */
export function closestWord(
  text: string,
  words: readonly string[],
  accepts: (text: string, word: string, edits: number) => boolean = () => true,
): string | undefined {
  const given = normal(text.slice(0, maxLength + 1));
  if (given === '' || given.length > maxLength) return undefined;
  let best: { word: string; edits: number } | undefined;
  for (const word of words.slice(0, maxWords)) {
    const known = normal(word.slice(0, maxLength));
    const edits = distance(given, known);
    if (edits < (best?.edits ?? Number.POSITIVE_INFINITY) && accepts(given, known, edits)) best = { word, edits };
  }
  return best?.word;
}

/** One edit for each three characters, or a part of the word: `guangzhou` means `ap-guangzhou`. */
function isClose(text: string, word: string, edits: number): boolean {
  const isPart = text.length >= 4 && (word.endsWith(text) || word.startsWith(text));
  return edits <= Math.max(text.length, word.length) / 3 || isPart;
}
