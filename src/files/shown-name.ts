// Decides which names that a user chose a message may show: any other text may be a secret in the wrong place.

/** Many letters in both cases, or letters and digits mixed, without a separator. */
export function looksRandom(part: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(part)).length;
  return part.length >= 16 && kinds >= 2;
}

/** Whether a text is a name by its look, e.g. of an account or a label. */
export function looksLikeName(text: string): boolean {
  return /^(?:<<|[\w.@*-]{1,100})$/.test(text) && !text.split(/[^A-Za-z0-9]+/).some(looksRandom);
}

/** Replaces a name that is not shown. */
export const hiddenName = '(not a name)';

/** The name, if a message may show it. */
export const shownName = (name: string) => (looksLikeName(name) ? name : hiddenName);
