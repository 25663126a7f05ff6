import { hashSync } from 'bcryptjs';
import { describe, expect, it } from 'vitest';
import { createBcrypt } from '../../src/web/bcrypt.ts';

const hash = hashSync('right', 4);
const form = (prefix: string) => `${prefix}${hash.slice(3)}`;
const long = 'p'.repeat(72);

describe('a password and a hash', () => {
  const compare = createBcrypt();

  // The same as golang.org/x/crypto v0.58.0 says.
  it.each([
    ['of $2a', 'right', form('$2a'), true],
    ['of $2b', 'right', form('$2b'), true],
    ['of $2x', 'right', form('$2x'), true],
    ['of $2y', 'right', form('$2y'), true],
    ['of $2 without a letter', 'right', form('$2'), true],
    ['that are different', 'wrong', hash, false],
    ['both of nothing', '', hashSync('', 4), true],
    ['with a line end behind it', 'right', `${hash}\n`, true],
    ['that is cut short', 'right', hash.slice(0, 59), false],
    ['with an illegal salt', 'right', `$2b$04$!${hash.slice(8)}`, false],
    [
      'with a salt whose unused bits are set',
      'right',
      hash.replace(/^(.{28})(.)/, (_, a: string, b: string) => a + odd(b)),
      true,
    ],
    ['beyond the 72nd byte', `${long}whatever`, hashSync(long, 4), true],
    ['of 71 bytes', long.slice(1), hashSync(long, 4), false],
    ['beyond US-ASCII', 'pässwörd ✓ 😀', hashSync('pässwörd ✓ 😀', 4), true],
    ['with a zero byte', 'a\0b', hashSync('a\0c', 4), false],
  ])('%s', async (_, password, of, matches) => {
    expect(await compare({ password, hash: of })).toBe(matches);
  });
});

/** Another character for the same two bits that count of the last one of a salt. */
function odd(character: string): string {
  const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return alphabet[alphabet.indexOf(character) | 1] ?? '';
}

describe('a thread that', () => {
  /** It does what the password says. */
  const thread = new URL(
    `data:text/javascript,${encodeURIComponent(`
      import { parentPort } from 'node:worker_threads';
      const acts = { throw() { throw new Error('quotes the hash'); }, end: () => process.exit(0) };
      parentPort.on('message', ({ password }) => { acts[password]?.(); parentPort.postMessage(true); });
    `)}`,
  );

  it.each(['throw', 'end'])(
    'ends by "%s" over a comparison leaves it undecided, and another one takes its place',
    async (act) => {
      const compare = createBcrypt(thread);
      expect(await compare({ password: 'live', hash })).toBe(true);
      await expect(compare({ password: act, hash })).rejects.toThrow('the thread that compares passwords has exited');
      expect(await compare({ password: 'live', hash })).toBe(true);
    },
  );
});
