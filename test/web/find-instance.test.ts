// Which instance a query names.
import { describe, expect, it } from 'vitest';
import type { Instance } from '../../src/model/instance.ts';
import { findInstance } from '../../src/web/find-instance.ts';

const all = [
  ['one', 'r1', 'single'],
  ['one', 'r1', 'same'],
  ['two', 'r1', 'same'],
  ['two', 'r2', 'same'],
  ['two', '', 'partly'],
  ['two', 'r1', 'partly'],
].map(
  ([account = '', region = '', id = '']): Instance => ({
    account,
    region,
    id,
    provider: 'p',
    name: id,
    labels: {},
    checks: [],
  }),
);

function find(query: string): string {
  const withId = (id: string, account?: string) =>
    all.filter((one) => one.id === id && (account === undefined || one.account === account));
  const lookup = findInstance(withId, new URLSearchParams(query), '/probe?target');
  if (lookup.status !== 200) return `${lookup.status}, ${lookup.candidates.length}`;
  const { account, region, id } = lookup.found;
  return `${account}/${region}/${id}`;
}

describe('the query', () => {
  it.each([
    ['target=single', 'one/r1/single'],
    ['target=single&account=one', 'one/r1/single'],
    ['target=single&account=one&region=r1', 'one/r1/single'],
    ['target=single&account=&region=', 'one/r1/single'],
    ['target=same&account=one', 'one/r1/same'],
    ['target=same&region=r2', 'two/r2/same'],
    ['target=same&account=two&region=r1', 'two/r1/same'],
    ['target=partly&account=two', 'two//partly'],
    ['target=partly&account=two&region=r1', 'two/r1/partly'],
  ])('%s names %s', (query, expected) => {
    expect(find(query)).toBe(expected);
  });

  it.each([
    ['', '400, 0'],
    ['target=', '400, 0'],
    ['id=single', '400, 0'],
    ['target=single&target=single', '400, 0'],
    ['target=single&account=one&account=one', '400, 0'],
    ['target=single&region=r1&region=r2', '400, 0'],
    ['target=same', '400, 3'],
    ['target=same&region=r1', '400, 2'],
    ['target=same&account=two', '400, 2'],
    ['target=partly', '400, 2'],
    ['target=none', '404, 0'],
    ['target=single&account=two', '404, 0'],
    ['target=single&region=r2', '404, 0'],
    ['target=SINGLE', '404, 0'],
    ['target=single%00', '404, 0'],
    ['target=../single', '404, 0'],
    ['target=__proto__', '404, 0'],
    [`target=${'x'.repeat(10_000)}`, '404, 0'],
  ])('%s names none: %s', (query, expected) => {
    expect(find(query)).toBe(expected);
  });
});
