// Checks version and cost of a bcrypt hash, as golang.org/x/crypto/bcrypt does when it reads the cost.

/** The problem of a hash, without repeating it; undefined if there is none. */
export function bcryptFault(hash: string): string | undefined {
  // The length in bytes counts: a character beyond ASCII has several.
  const bytes = Buffer.from(hash, 'utf8').toString('latin1');
  const advice = 'create one with `htpasswd -nBC 10 USER`';
  if (bytes.length < 59) return `is not a bcrypt hash: it is too short; ${advice}`;
  if (bytes[0] !== '$') return `is not a bcrypt hash: it must begin with $2; ${advice}`;
  if ((bytes[1] ?? '') > '2') return `is not a bcrypt hash of a known version ($2a, $2b, $2y); ${advice}`;
  const start = bytes[2] === '$' ? 3 : 4;
  const cost = bytes.slice(start, start + 2);
  if (!/^[+\d]\d$/.test(cost) || Number(cost) < 4 || Number(cost) > 31) {
    return `is not a bcrypt hash: its cost must be a number from 04 to 31; ${advice}`;
  }
  return undefined;
}
