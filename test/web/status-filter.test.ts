import { describe, expect, it } from 'vitest';
import type { Instance } from '../../src/model/instance.ts';
import { activeParts, createMatcher, filterQuery, readFilter } from '../../src/web/status-filter.ts';

const read = (query: string) => readFilter(new URLSearchParams(query));

const instance: Instance = {
  account: 'main',
  provider: 'p',
  id: 'pg-1A',
  region: 'r-1',
  name: 'Orders',
  labels: { team: 'payments', env: 'prod' },
  checks: [],
};

const matches = (query: string, one: Instance = instance) => createMatcher(read(query).filter)(one);

describe('the filter', () => {
  it.each([
    ['', true],
    ['provider=p&account=main&region=r-1', true],
    ['provider=', true],
    ['provider=other', false],
    ['account=mai', false],
    ['region=r-2', false],
    ['q=order', true],
    ['q=G-1a', true],
    ['q=main', false],
    ['label=team:payments', true],
    ['label=team:%20payments', true],
    ['label=team:payments&label=env:prod', true],
    ['label=team:payments&label=env:dev', false],
    ['label=team:payments&label=team:other', true],
    ['label=owner:', true],
    ['label=team:', false],
    ['label=__proto__:x', false],
    ['label=constructor:', true],
  ])('%s selects the instance: %s', (query, expected) => {
    expect(matches(query)).toBe(expected);
  });

  it('distinguishes values that contain a colon', () => {
    expect(matches('label=a:b:c', { ...instance, labels: { a: 'b:c' } })).toBe(true);
  });

  it.each<[query: string, ...notes: RegExp[]]>([
    ['severity=red', /^Ignored: severity red \(use critical, unknown, warning, info, accepted, ok\)$/],
    ['severity=critical&severity=ok', /severity is given more than once/],
    ['q=a&q=b', /q is given more than once/],
    [`q=${'x'.repeat(257)}`, /q is ignored: it is longer than 256 characters/],
    [`account=${'%F0%9F%92%A9'.repeat(200)}`, /account is ignored: it is longer/],
    ['label=commerce', /^Ignored: label commerce \(write NAME:VALUE\)$/],
    ['label=%20:x', /^Ignored: label {2}:x \(write NAME:VALUE\)$/],
    [`label=a:${'x'.repeat(1023)}`, /^Ignored: label a:x{58}… \(longer than 1024 characters\)$/],
    ['severty=ok', /^Ignored: parameter severty \(not one of provider, account, region, q, severity, label/],
    ['severity[]=ok', /^Ignored: parameter severity\[\] \(/],
    ['%ff=&=&&', /^Ignored: parameter \uFFFD \(.*/, /^Ignored: parameter without a name \(/],
    ['__proto__=x', /^Ignored: parameter __proto__ \(/],
    [Array.from({ length: 12 }, (_, i) => `label=a:${i}`).join('&'), /Only the first 10 labels/],
    ['page=0', /page is ignored/],
    ['page=-1', /page is ignored/],
    ['page=abc', /page is ignored/],
    ['page=1e9', /page is ignored/],
    ['refresh=4', /refresh is ignored: use off, or 5 to 3600 seconds/],
    ['refresh=soon', /refresh is ignored/],
  ])('explains what it ignores: %s', (query, ...notes) => {
    expect(read(query).notes).toEqual(notes.map((note) => expect.stringMatching(note) as string));
  });

  it.each(['', 'q=&account=&label=&page=&severity=&refresh=', '&&'])('is empty for %j, without a note', (query) => {
    const { filter, notes } = read(query);
    expect([filterQuery(filter), notes]).toEqual(['?', []]);
  });

  it('names three of the unknown parameters, and counts the rest', () => {
    expect(read('a=1&b=2&c=3&d=4&e=5').notes).toEqual([
      ...['a', 'b', 'c'].map((name) => expect.stringMatching(`^Ignored: parameter ${name} `) as string),
      expect.stringMatching(/^Ignored: 2 more of the kind parameter/),
    ]);
  });

  it('is written as a query that reads the same, odd characters included', () => {
    const query = 'provider=p&account=a%26b%3Dc&region=r&q=%3Cx%3E&severity=unknown&label=a%3Ab%3Ac&page=3&refresh=off';
    const { filter } = read(query);
    expect(read(filterQuery(filter, { page: 3 }).slice(1)).filter).toEqual(filter);
    expect(filterQuery(filter)).not.toContain('page');
  });

  it('is shown in parts, each with the query without it', () => {
    const { filter } = read('account=main&severity=ok&label=team:a&label=env:b');
    expect(activeParts(filter)).toEqual([
      { text: 'account main', queryWithout: '?severity=ok&label=team%3Aa&label=env%3Ab' },
      { text: 'severity OK', queryWithout: '?account=main&label=team%3Aa&label=env%3Ab' },
      { text: 'label team: a', queryWithout: '?account=main&severity=ok&label=env%3Ab' },
      { text: 'label env: b', queryWithout: '?account=main&severity=ok&label=team%3Aa' },
    ]);
  });
});
