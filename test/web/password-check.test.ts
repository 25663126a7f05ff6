import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../src/web/bcrypt.ts';
import { createPasswordCheck } from '../../src/web/password-check.ts';

const hashOf = (name: string, cost = '10') => `$2b$${cost}$${name.padEnd(53, '.')}`;
const users = new Map([
  ['ann', hashOf('a')],
  ['bob', hashOf('b')],
]);

/** The password of the hash of `a` is `a`. Comparisons wait for `finish`, one after the other. */
function createSlowCheck() {
  const begun: Comparison[] = [];
  const ends: (() => void)[] = [];
  const check = createPasswordCheck((comparison) => {
    begun.push(comparison);
    return new Promise((resolve, reject) => {
      ends.push(() =>
        comparison.password === 'break'
          ? reject(new Error('broken'))
          : resolve(comparison.hash === hashOf(comparison.password)),
      );
    });
  });
  return {
    begun,
    check: (user: string, password: string, among: ReadonlyMap<string, string> = users) =>
      check({ user, password }, among),
    async finish() {
      while (ends.length > 0) {
        ends.shift()?.();
        for (let round = 0; round < 10; round++) await Promise.resolve();
      }
    },
  };
}

/** The result, after all its work has finished. */
async function settle<T>({ finish }: { finish: () => Promise<void> }, result: Promise<T>): Promise<T> {
  await Promise.resolve();
  await finish();
  return await result;
}

describe('a password', () => {
  it.each([
    ['ann', 'a', true],
    ['ann', 'b', false],
    ['bob', 'a', false],
    ['eve', 'a', false],
    ['', '', false],
    ['__proto__', 'a', false],
  ])('of %j, %j: %s', async (user, password, expected) => {
    const slow = createSlowCheck();
    expect(await settle(slow, slow.check(user, password))).toBe(expected);
  });

  it('is compared once for all simultaneous requests, and then cached', async () => {
    const slow = createSlowCheck();
    const results = [slow.check('ann', 'a'), slow.check('ann', 'a'), slow.check('ann', 'a')];
    expect(await settle(slow, Promise.all(results))).toEqual([true, true, true]);
    expect(await slow.check('ann', 'a')).toBe(true);
    expect(slow.begun).toHaveLength(1);
  });

  it('that is wrong is remembered, too, as is that of an unknown user', async () => {
    const slow = createSlowCheck();
    await settle(slow, Promise.all([slow.check('ann', 'x'), slow.check('eve', 'x')]));
    expect([await slow.check('ann', 'x'), await slow.check('eve', 'x')]).toEqual([false, false]);
    expect(slow.begun).toHaveLength(2);
  });

  it('is compared again when the hash has changed', async () => {
    const slow = createSlowCheck();
    await settle(slow, slow.check('ann', 'a'));
    const changed = new Map([['ann', hashOf('new')]]);
    expect(await settle(slow, slow.check('ann', 'a', changed))).toBe(false);
    expect(await settle(slow, slow.check('ann', 'new', changed))).toBe(true);
  });

  it('of one user is never accepted for another, whatever the names contain (CVE-2022-46146)', async () => {
    const slow = createSlowCheck();
    const crafted = new Map([
      ['ann', hashOf('a')],
      [`ann","${hashOf('a')}`, hashOf('b')],
    ]);
    expect(await settle(slow, slow.check('ann', 'a', crafted))).toBe(true);
    expect(await settle(slow, slow.check(`ann","${hashOf('a')}`, 'a', crafted))).toBe(false);
  });
});

describe('an unknown user', () => {
  it('costs a comparison as a known one does, with a hash of a cost that is in use', async () => {
    const slow = createSlowCheck();
    const costly = new Map([['ann', hashOf('a', '12')]]);
    await settle(slow, slow.check('eve', 'x', costly));
    expect(slow.begun.map(({ hash }) => hash)).toEqual([expect.stringMatching(/^\$2b\$12\$.{53}$/)]);
  });

  it('has of several costs always the same', async () => {
    const slow = createSlowCheck();
    const mixed = new Map([...Array(8).keys()].map((n) => [`user${n}`, hashOf('x', n % 2 === 0 ? '10' : '12')]));
    const costs = async () => {
      const from = slow.begun.length;
      for (let n = 0; n < 20; n++) await settle(slow, slow.check(`nobody${n}`, `${from}`, mixed));
      return slow.begun.slice(from).map(({ hash }) => hash.slice(0, 7));
    };
    const first = await costs();
    expect(await costs()).toEqual(first);
    expect(new Set(first)).toEqual(new Set(['$2b$10$', '$2b$12$']));
  });

  it('is refused even with the password of the dummy hash', async () => {
    const check = createPasswordCheck(() => Promise.resolve(true));
    expect(await check({ user: 'eve', password: 'fakepassword' }, users)).toBe(false);
  });
});

describe('comparisons', () => {
  it('run one at a time', async () => {
    const slow = createSlowCheck();
    const results = [slow.check('ann', 'a'), slow.check('ann', 'b'), slow.check('bob', 'b')];
    await Promise.resolve();
    await Promise.resolve();
    expect(slow.begun).toHaveLength(1);
    expect(await settle(slow, Promise.all(results))).toEqual([true, false, true]);
  });

  it('are put off, not decided, when too many wait; those that were heard before are not', async () => {
    const slow = createSlowCheck();
    await settle(slow, slow.check('bob', 'b'));
    const waiting = Array.from({ length: 40 }, (_, n) => slow.check('ann', `guess ${n}`));
    expect(await slow.check('ann', 'a')).toBeUndefined();
    expect(await slow.check('bob', 'b')).toBe(true);
    const results = await settle(slow, Promise.all(waiting));
    expect(results.filter((result) => result === false)).toHaveLength(32);
    expect(results.filter((result) => result === undefined)).toHaveLength(8);
    expect(await settle(slow, slow.check('ann', 'a'))).toBe(true);
  });

  it('that throw are reported, not cached, and do not block the next one', async () => {
    const slow = createSlowCheck();
    const broken = slow.check('ann', 'break').catch((error: Error) => error.message);
    expect(await settle(slow, broken)).toBe('broken');
    expect(await settle(slow, slow.check('ann', 'a'))).toBe(true);
    const again = slow.check('ann', 'break').catch((error: Error) => error.message);
    expect(await settle(slow, again)).toBe('broken');
  });

  it('are cached up to a hundred, and guesses do not evict valid results', async () => {
    const slow = createSlowCheck();
    await settle(slow, slow.check('ann', 'a'));
    for (let n = 0; n < 150; n++) await settle(slow, slow.check('bob', `guess ${n}`));
    const before = slow.begun.length;
    expect(await slow.check('ann', 'a')).toBe(true);
    expect(slow.begun).toHaveLength(before);
    await settle(slow, slow.check('bob', 'guess 0'));
    expect(slow.begun).toHaveLength(before + 1);
  });

  it('of a hundred other valid users evict the oldest', async () => {
    const slow = createSlowCheck();
    const many = new Map([...Array(101).keys()].map((n) => [`user${n}`, hashOf(`${n}`)]));
    for (const n of many.keys()) await settle(slow, slow.check(n, n.slice(4), many));
    await settle(slow, slow.check('user100', '100', many));
    expect(slow.begun).toHaveLength(101);
    await settle(slow, slow.check('user0', '0', many));
    expect(slow.begun).toHaveLength(102);
  });
});
