// Cleans a string from an API for use as a label value, a page cell or a log field.

const maxLength = 200;

/** Printable ASCII without spaces around it: the usual text of an API, which needs no cleaning. */
const clean = /^[!-~](?:[ -~]*[!-~])?$/;

/** Removes control and format characters (such as those that change the writing direction) and lone surrogates. */
export function visibleText(text: string): string {
  return clean.test(text) ? text : text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '');
}

/** The visible text, trimmed, at most 200 characters of it. */
export function cleanText(text: string): string {
  if (text.length <= maxLength && clean.test(text)) return text;
  const stripped = visibleText(text).trim();
  return Array.from(stripped.slice(0, maxLength * 2))
    .slice(0, maxLength)
    .join('')
    .trim();
}
