// Cleans a string from an API for use as a label value, a page cell or a log field.

const maxLength = 200;

/** Printable ASCII without blanks around it: the usual text of an API, which needs no cleaning. */
const clean = /^[!-~](?:[ -~]*[!-~])?$/;

/** Trims, strips control and format characters and lone surrogates, and cuts at 200 characters. */
export function cleanText(text: string): string {
  if (text.length <= maxLength && clean.test(text)) return text;
  const stripped = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '').trim();
  return Array.from(stripped.slice(0, maxLength * 2))
    .slice(0, maxLength)
    .join('')
    .trim();
}
