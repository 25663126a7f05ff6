// Secrets for tests, made so that the search for leaks finds any piece of them.
import { createHash } from 'node:crypto';

/** Stands in every secret of a test or fixture, and nowhere else. */
export const secretMarker = 'PLANTED';

/**
 * The secret of that name, always the same one.
 * @param oddCharacters put in its middle, for what quotes, escapes and encodings do to a secret
 */
export function secret(name: string, oddCharacters = ''): string {
  const digest = createHash('sha256').update(name).digest('hex');
  return `${secretMarker}-${digest.slice(0, 16)}${oddCharacters}${digest.slice(16, 32)}`;
}
