// Names characters that look like spaces or YAML punctuation and are neither.

const names: Readonly<Record<string, string>> = {
  '\u00A0': 'non-breaking space',
  '\u00AD': 'soft hyphen',
  '\u2007': 'figure space',
  '\u200B': 'zero-width space',
  '\u200C': 'zero-width non-joiner',
  '\u200D': 'zero-width joiner',
  '\u200E': 'left-to-right mark',
  '\u200F': 'right-to-left mark',
  '\u2010': 'typographic hyphen',
  '\u2011': 'non-breaking hyphen',
  '\u2012': 'figure dash',
  '\u2013': 'en dash',
  '\u2014': 'em dash',
  '\u2018': 'typographic quote',
  '\u2019': 'typographic quote',
  '\u201C': 'typographic quote',
  '\u201D': 'typographic quote',
  '\u201E': 'typographic quote',
  '\u202F': 'narrow non-breaking space',
  '\u2060': 'word joiner',
  '\u2212': 'minus sign',
  '\u3000': 'ideographic space',
  '\u3010': 'full-width bracket',
  '\u3011': 'full-width bracket',
  '\uFE55': 'small colon',
  '\uFEFF': 'byte order mark',
  '\uFF02': 'full-width quote',
  '\uFF03': 'full-width number sign',
  '\uFF07': 'full-width quote',
  '\uFF0C': 'full-width comma',
  '\uFF0D': 'full-width hyphen',
  '\uFF1A': 'full-width colon',
  '\uFF3B': 'full-width bracket',
  '\uFF3D': 'full-width bracket',
  '\uFF5B': 'full-width brace',
  '\uFF5D': 'full-width brace',
};

const odd =
  /[\u00A0\u00AD\u2000-\u200F\u2010-\u2014\u2018\u2019\u201C-\u201E\u202F\u205F-\u2064\u2212\u3000\u3010\u3011\uFE55\uFEFF\uFF02\uFF03\uFF07\uFF0C\uFF0D\uFF1A\uFF3B\uFF3D\uFF5B\uFF5D]/;

const invisible = /[\u00A0\u00AD\u2000-\u200F\u202A-\u202F\u205F-\u2064\u3000\uFEFF]/;

/** The first such character: where it is, and its name, e.g. `non-breaking space (U+00A0)`. */
export function findOddCharacter(text: string): { index: number; name: string } | undefined {
  return described(odd.exec(text));
}

/** The first character that cannot be seen, or looks like a space. */
export function findInvisibleCharacter(text: string): { index: number; name: string } | undefined {
  return described(invisible.exec(text));
}

function described(found: RegExpExecArray | null): { index: number; name: string } | undefined {
  if (found === null) return undefined;
  const [character] = found;
  const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return { index: found.index, name: `${names[character] ?? 'invisible character'} (U+${code})` };
}
