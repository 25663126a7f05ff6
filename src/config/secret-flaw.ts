// Finds secrets that are not what their owner meant: placeholders, and what copying adds to a secret.
import { findInvisibleCharacter } from '../files/odd-characters.ts';

const templates = [
  /\$\{[^}]*\}/, // shell, Docker Compose
  /^\$\w+$/,
  /^\$env:/i, // PowerShell
  /^\$\(.*\)$/,
  /^%\w+%$/, // Windows
  /%\(\w+\)s/, // Python
  /\{\{.*\}\}/s, // Helm, Jinja
  /#\{[^}]*\}/, // Ruby, Octopus Deploy, Azure DevOps
  /<%.*%>/s, // ERB
  /^@\w+@$/, // autoconf
  /^__\w+__$/,
  /^ENC[[(].*[\])]$/s, // SOPS, Jasypt
  /^[a-z][\w+.-]*:\/\//i, // op://, awssm://
  /^(?:env|file|vault|bao|ref|arn|ssm|secret|secretsmanager|keyvault|kms|sops):/i,
];

/** No word is two others in a row, so that there is one way to read a text, in linear time. */
const placeholderWords =
  'your|insert|enter|replace|put|add|change|fill|set|please|example|sample|dummy|fake|test|foo|bar|string|placeholder|todo|tbd|fixme|redacted|undefined|null|none|n/a|secret|password|my|value|here';
const plainWords = 'the|this|with|in|it|me|api|access|cloud|key|id|token|real';
const wordsOnly = new RegExp(`^(?:[\\s_-]*(?:${placeholderWords}|${plainWords}))+[\\s_-]*$`, 'i');
const placeholderWord = new RegExp(placeholderWords, 'i');

const placeholders = [
  /^<.*>$/s,
  /^\[.*\]$/s,
  /^(?:[a-z]{0,8}?x{3,}|[a-z]{0,8}\*{3,}|[a-z]{0,8}\.{3,}|-{3,}|…)$/i, // AKIDxxxxxxxx
];

/** What no key and no token of a cloud contains. */
const quote = /^["'`«»‹›\u2018-\u201E]|["'`«»‹›\u2018-\u201E]$/;
const neverInKeys = /["'`,;()[\]{}<>]/;

/** Why a text cannot be a secret, or undefined. The text is not repeated. */
export function placeholderFlaw(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 1000) return undefined;
  if (templates.some((template) => template.test(trimmed))) return 'is a variable or a template, which is not expanded';
  const isWords = wordsOnly.test(trimmed) && placeholderWord.test(trimmed);
  return isWords || placeholders.some((word) => word.test(trimmed))
    ? 'looks like a placeholder, not a secret'
    : undefined;
}

/** What is wrong with a secret that was read and trimmed, or undefined. The secret is not repeated. */
export function secretFlaw(secret: string): string | undefined {
  const placeholder = placeholderFlaw(secret);
  if (placeholder !== undefined) return placeholder;
  if (/^[a-z_]\w*=[^=]/i.test(secret)) return 'looks like NAME=value: keep the value alone';
  if (quote.test(secret)) return 'has quotes around it, or one of them, which become a part of it: remove them';
  const invisible = findInvisibleCharacter(secret);
  if (invisible !== undefined) return `contains a ${invisible.name}: copy it again`;
  if (/\s/.test(secret)) return 'contains white space: copy it again';
  if (/[^\x21-\x7e]/.test(secret)) return 'contains a character that is not ASCII: copy it again';
  if (/[,;]$/.test(secret)) return 'ends with a comma or a semicolon: remove it';
  return neverInKeys.test(secret) ? 'contains a quote, comma, semicolon or bracket, which no key has' : undefined;
}
