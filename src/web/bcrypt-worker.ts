// The thread in which passwords are compared: bcryptjs would keep the main thread from answering anybody else.
import { timingSafeEqual } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { hashSync } from 'bcryptjs';
import type { Comparison } from './bcrypt.ts';

parentPort?.on('message', (comparison: Comparison) => parentPort?.postMessage(matches(comparison)));

/**
 * As CompareHashAndPassword of golang.org/x/crypto/bcrypt: every `$2?$` is one algorithm, a password counts up to its
 * 72nd byte, the salt is taken as it is written, and what follows the 60th character does not count.
 */
function matches({ password, hash }: Comparison): boolean {
  const [, parameters = '', wanted = ''] = /^\$2[^$]?(\$\d\d\$.{22})(.{31})/s.exec(hash) ?? [];
  try {
    const found = hashSync(password, `$2b${parameters}`).slice(-31);
    return wanted.length === found.length && timingSafeEqual(Buffer.from(found), Buffer.from(wanted));
  } catch {
    // Not a hash after all: nothing matches it. The error would quote it.
    return false;
  }
}
