// @ts-check
// Worker thread that compares passwords: bcryptjs would block all other requests in the main thread.
// JavaScript, because worker threads of Node 20 have no TypeScript loader, in tests and under tsx.
import { timingSafeEqual } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { hashSync } from 'bcryptjs';

parentPort?.on('message', (comparison) => parentPort?.postMessage(matches(comparison)));

/**
 * As CompareHashAndPassword of golang.org/x/crypto/bcrypt: every `$2?$` is the same algorithm, a password is cut after
 * 72 bytes, the salt is used as written, and characters after the 60th are ignored.
 * @param {import('./bcrypt.ts').Comparison} comparison
 */
function matches({ password, hash }) {
  const [, parameters = '', wanted = ''] = /^\$2[^$]?(\$\d\d\$.{22})(.{31})/s.exec(hash) ?? [];
  try {
    const found = Buffer.from(hashSync(password, `$2b${parameters}`).slice(-31));
    const expected = Buffer.from(wanted);
    return found.length === expected.length && timingSafeEqual(found, expected);
  } catch {
    // Not a valid hash, so no password matches. The error is dropped because it quotes the hash.
    return false;
  }
}
