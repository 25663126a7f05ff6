// Whether a text can be a bcrypt hash: version and cost, and nothing more, as golang.org/x/crypto/bcrypt checks it.

/** What is wrong with a hash, in words that do not repeat it; undefined: nothing. */
export function bcryptFault(hash: string): string | undefined {
  // As bytes: a character beyond ASCII is longer than one.
  const bytes = Buffer.from(hash, 'utf8').toString('latin1');
  const advice = 'make one with `htpasswd -nBC 10 USER`';
  if (bytes.length < 59) return `is no bcrypt hash: it is too short; ${advice}`;
  if (bytes[0] !== '$') return `is no bcrypt hash: it must begin with $2; ${advice}`;
  if ((bytes[1] ?? '') > '2') return `is no bcrypt hash of a known version ($2a, $2b, $2y); ${advice}`;
  const start = bytes[2] === '$' ? 3 : 4;
  const cost = bytes.slice(start, start + 2);
  if (!/^[+\d]\d$/.test(cost) || Number(cost) < 4 || Number(cost) > 31) {
    return `is no bcrypt hash: its cost must be a number from 04 to 31; ${advice}`;
  }
  return undefined;
}
