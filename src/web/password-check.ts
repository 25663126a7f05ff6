// Checks passwords: one comparison at a time, results cached, and unknown users take as long as known ones.
import { createHmac, randomBytes } from 'node:crypto';
import type { BasicCredentials } from './basic-credentials.ts';
import type { Compare } from './bcrypt.ts';

/** @returns undefined when too many comparisons are waiting. @throws when the comparison itself failed */
export type PasswordCheck = (
  credentials: BasicCredentials,
  users: ReadonlyMap<string, string>,
) => Promise<boolean | undefined>;

const maxResults = 100;
const maxWaiting = 32;

/** Salt and hash compared for unknown users, so that timing does not reveal them; always rejected. */
const dummyHash = 'QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';

/** An unknown user and a wrong password take the same time and have the same result. */
export function createPasswordCheck(compare: Compare): PasswordCheck {
  const secret = randomBytes(32);
  // Cache keys are digests, so that no password stays in memory; JSON separates the parts (CVE-2022-46146).
  const digest = (...parts: readonly string[]) => createHmac('sha256', secret).update(JSON.stringify(parts)).digest();
  const results = createResults();
  const waiting = new Map<string, Promise<boolean>>();
  let last: Promise<unknown> = Promise.resolve();

  return async ({ user, password }, users) => {
    const known = users.get(user);
    const hash = known ?? dummyFor(digest(user), users);
    const key = digest(known === undefined ? 'unknown' : 'user', user, hash, password).toString('base64');
    const result = results.get(key);
    if (result !== undefined) return result;
    const same = waiting.get(key);
    if (same !== undefined) return await same;
    if (waiting.size >= maxWaiting) return undefined;

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

/** A hash with the cost of some user's; the same one for each name, so that timing reveals nothing. */
function dummyFor(digest: Buffer, users: ReadonlyMap<string, string>): string {
  const hashes = [...users.values()];
  const cost = /^\$2[^$]?\$(\d\d)\$/.exec(hashes[digest.readUInt32BE() % hashes.length] ?? '')?.[1] ?? '10';
  return `$2b$${cost}$${dummyHash}`;
}

/** The newest results. Rejections are dropped first, so that guessed passwords do not evict valid users. */
function createResults() {
  const results = new Map<string, boolean>();
  return {
    get: (key: string) => results.get(key),
    add(key: string, result: boolean) {
      results.set(key, result);
      if (results.size <= maxResults) return;
      const [rejected] = [...results].find(([, accepted]) => !accepted) ?? [];
      const [oldest] = results.keys();
      results.delete(rejected ?? oldest ?? key);
    },
  };
}
