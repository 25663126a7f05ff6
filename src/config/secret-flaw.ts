// Finds secrets that are not what their owner meant: placeholders, and what copying adds to a secret.
import { findInvisibleCharacter } from '../files/odd-characters.ts';

const templates = [
  /\$\{[^}]*\}/, // shell, Docker Compose
  /^\$\w+$/,
  /^\$\(.*\)$/,
  /^%\w+%$/, // Windows
  /\{\{.*\}\}/s, // Helm, Jinja
  /<%.*%>/s, // ERB
  /^@\w+@$/, // autoconf
];

const placeholders = [
  /^<.*>$/s,
  /^\[.*\]$/s,
  /^(?:your|insert|enter|replace|put|add|change|fill)(?:[\s_-]*(?:the|your|this|with|in|it|my|api|access|cloud|secret|key|id|token|here|me|value|real))+$/i,
  /^(?:example|sample|dummy|fake|test)[\s_-]*(?:(?:api|access|cloud|secret|key|id|token|value)[\s_-]*)+$/i,
  /^(?:placeholder|todo|tbd|fixme|redacted|undefined|null|none|n\/a)$/i,
  /^(?:x{3,}|\*{3,}|\.{3,}|-{3,}|…)$/i,
];

/** Why a text cannot be a secret, or undefined. The text is not repeated. */
export function placeholderFlaw(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 1000) return undefined;
  if (templates.some((template) => template.test(trimmed))) return 'is a variable or a template, which is not expanded';
  return placeholders.some((word) => word.test(trimmed)) ? 'looks like a placeholder, not a secret' : undefined;
}

/** What is wrong with a secret that was read and trimmed, or undefined. The secret is not repeated. */
export function secretFlaw(secret: string): string | undefined {
  const placeholder = placeholderFlaw(secret);
  if (placeholder !== undefined) return placeholder;
  if (/^(["'`\u2018-\u201E]).*["'`\u2018-\u201E]$/s.test(secret))
    return 'has quotes around it, which become a part of it: remove them';
  const invisible = findInvisibleCharacter(secret);
  if (invisible !== undefined) return `contains a ${invisible.name}: copy it again`;
  return /\s/.test(secret) ? 'contains white space: copy it again' : undefined;
}
