// @ts-check
// The thread in which passwords are compared: bcryptjs would keep the main thread from answering anybody else.
// JavaScript, because a thread of Node 20 starts with no loader for anything else, in tests and under tsx.
import { timingSafeEqual } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { hashSync } from 'bcryptjs';

parentPort?.on('message', (comparison) => parentPort?.postMessage(matches(comparison)));

/**
 * As CompareHashAndPassword of golang.org/x/crypto/bcrypt: every `$2?$` is one algorithm, a password counts up to its
 * 72nd byte, the salt is taken as it is written, and what follows the 60th character does not count.
 * @param {import('./bcrypt.ts').Comparison} comparison
 */
function matches({ password, hash }) {
  const [, parameters = '', wanted = ''] = /^\$2[^$]?(\$\d\d\$.{22})(.{31})/s.exec(hash) ?? [];
  try {
    const found = Buffer.from(hashSync(password, `$2b${parameters}`).slice(-31));
    const expected = Buffer.from(wanted);
    return found.length === expected.length && timingSafeEqual(found, expected);
  } catch {
    // Not a hash after all: nothing matches it. The error would quote it.
    return false;
  }
}
