// Searches what programs have shown for secrets, in whatever form they may have got there.
import { secretMarker } from '../support/secret.ts';
import type { Secret } from './secrets-of.ts';

/** A secret that was shown. */
export interface Leak {
  /** What was found. */
  what: string;
  /** Where it was found: the text before it. */
  after: string;
}

/** The least length that differs from other text; all needles are found by their first characters. */
export const leastLength = 12;

// What no secret is needed for to know that it must not be there.
const forbidden: readonly [what: string, pattern: RegExp][] = [
  ['the marker of secrets', new RegExp(secretMarker, 'i')],
  ...encodingsOf(secretMarker).map((form): [string, RegExp] => [
    'the marker of secrets, encoded',
    new RegExp(form.replaceAll(/[+/]/g, String.raw`\$&`)),
  ]),
  ['a cipher text', /DEKCipher/i],
  ['a signature', /TC3-HMAC-SHA256|\bSignature=/],
  ['a digest answer', /\bDigest username=|\bcnonce=/],
  ['an Authorization header', /authorization["']?\s*[:=]/i],
];

/** Every secret in a text, also encoded, escaped, cut, or broken by line ends. */
export function findLeaks(text: string, secrets: readonly Secret[]): Leak[] {
  const needles = needlesOf(secrets);
  const leaks = new Map<string, Leak>();
  for (const form of formsOf(text)) {
    for (const [what, pattern] of forbidden) {
      const index = pattern.exec(form)?.index;
      if (index !== undefined && !leaks.has(what)) leaks.set(what, { what, after: before(form, index) });
    }
    for (let index = 0; index + leastLength <= form.length; index++) {
      for (const { needle, from } of needles.get(form.slice(index, index + leastLength)) ?? []) {
        if (!leaks.has(from) && form.startsWith(needle, index))
          leaks.set(from, { what: from, after: before(form, index) });
      }
    }
  }
  return [...leaks.values()];
}

/** The secret itself is not shown again. */
function before(text: string, index: number): string {
  return text.slice(Math.max(0, index - 120), index);
}

/** What to look for, by its first characters. */
function needlesOf(secrets: readonly Secret[]): Map<string, { needle: string; from: string }[]> {
  const needles = new Map<string, { needle: string; from: string }[]>();
  const seen = new Set<string>();
  for (const { value, from } of secrets) {
    if (seen.has(value)) continue;
    seen.add(value);
    for (const needle of [value, withoutBlanks(value), ...piecesOf(value), ...encodingsOf(value)]) {
      if (needle.length < leastLength) continue;
      const key = needle.slice(0, leastLength);
      const others = needles.get(key);
      if (others === undefined) needles.set(key, [{ needle, from }]);
      else others.push({ needle, from });
    }
  }
  return needles;
}

/** The halves of a secret of random characters: it may have been cut. */
function piecesOf(value: string): string[] {
  return [...value.matchAll(/[0-9a-f]{16,}/g)].map(([digits]) => digits.slice(0, 16));
}

/** A text as base64 at each of its three alignments, as base64url, as hex and percent-encoded. */
function encodingsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const base64 = [0, 1, 2].map((offset) => {
    const bits = bytes.length * 8;
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // Only the characters that are made of nothing but the secret.
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor((offset * 8 + bits) / 6));
  });
  const hex = bytes.toString('hex');
  return [
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    hex,
    hex.toUpperCase(),
    encodeURIComponent(value),
  ];
}

/** A text as it is, and as it is without what quotes, markup and wrapping may have done to it. */
function formsOf(text: string): Set<string> {
  const unescaped = withoutEscapes(text);
  const unquoted = withoutPercents(text);
  return new Set([
    text,
    unescaped,
    withoutEscapes(unescaped),
    withoutEntities(text),
    unquoted,
    ...[text, unescaped, unquoted].map(withoutBlanks),
  ]);
}

const escapes: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', 0: '\0' };

/** Backslash escapes of JSON, of logfmt, of Prometheus' label values and of util.inspect. */
function withoutEscapes(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g,
    (_, unicode?: string, byte?: string, other = '') => {
      const code = unicode ?? byte;
      return code === undefined ? (escapes[other] ?? other) : String.fromCharCode(Number.parseInt(code, 16));
    },
  );
}

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", apos: "'" };

function withoutEntities(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|#39|apos);/g, (_, name: string) => entities[name] ?? '');
}

/** Each sequence of percent-encoded bytes as UTF-8. */
function withoutPercents(text: string): string {
  return text.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (bytes) =>
    Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

/** Without white space and what languages put between two parts of one text. */
function withoutBlanks(text: string): string {
  return text.replaceAll(/[\s"'+,\\]+/g, '');
}
