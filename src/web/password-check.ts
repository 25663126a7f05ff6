// Decides whether a password is a user's: one comparison at a time, results remembered, and unknown users no faster.
import { createHmac, randomBytes } from 'node:crypto';
import type { Credentials } from './basic-credentials.ts';
import type { Compare } from './bcrypt.ts';

/** @returns undefined when too many comparisons are waiting. @throws when the comparison itself failed */
export type PasswordCheck = (
  credentials: Credentials,
  users: ReadonlyMap<string, string>,
) => Promise<boolean | undefined>;

const mostResults = 100;
const mostWaiting = 32;

/** Salt and hash of what takes part in the comparison for users that there are not; no password of it is accepted. */
const dummyHash = 'QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';

/** Without a user of this name, or with a wrong password, the same work is done and the same is returned. */
export function createPasswordCheck(compare: Compare): PasswordCheck {
  const secret = randomBytes(32);
  // Digests of user, hash and password: JSON keeps them apart (CVE-2022-46146), and no password stays in memory.
  const digest = (...parts: readonly string[]) => createHmac('sha256', secret).update(JSON.stringify(parts)).digest();
  const results = createResults();
  const waiting = new Map<string, Promise<boolean>>();
  let last: Promise<unknown> = Promise.resolve();

  return async ({ user, password }, users) => {
    const known = users.get(user);
    const hash = known ?? dummyFor(digest(user), users);
    const key = digest(known === undefined ? 'nobody' : 'user', user, hash, password).toString('base64');
    const result = results.get(key);
    if (result !== undefined) return result;
    const same = waiting.get(key);
    if (same !== undefined) return await same;
    if (waiting.size >= mostWaiting) return undefined;

    const mine = last
      .then(() => compare({ password, hash }))
      .then((matches) => {
        const accepted = matches && known !== undefined;
        results.add(key, accepted);
        return accepted;
      })
      .finally(() => waiting.delete(key));
    waiting.set(key, mine);
    last = mine.catch(() => undefined);
    return await mine;
  };
}

/** A hash as costly as that of some user; of several costs always the same one for a name, so that time tells nothing. */
function dummyFor(digest: Buffer, users: ReadonlyMap<string, string>): string {
  const hashes = [...users.values()];
  const cost = /^\$2[^$]?\$(\d\d)\$/.exec(hashes[digest.readUInt32BE() % hashes.length] ?? '')?.[1] ?? '10';
  return `$2b$${cost}$${dummyHash}`;
}

/** The newest results. Refusals make room first: who guesses passwords must not push out those who know theirs. */
function createResults() {
  const results = new Map<string, boolean>();
  return {
    get: (key: string) => results.get(key),
    add(key: string, result: boolean) {
      results.set(key, result);
      if (results.size <= mostResults) return;
      const [refused] = [...results].find(([, accepted]) => !accepted) ?? [];
      const [oldest] = results.keys();
      results.delete(refused ?? oldest ?? key);
    },
  };
}
