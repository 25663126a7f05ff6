import { describe, expect, it } from 'vitest';
import { namesOf } from '../../src/web/client-certificate.ts';

describe('the names of a certificate', () => {
  it.each([
    [
      'each kind',
      'DNS:a.example, email:b@example.com, URI:spiffe://c/d, IP Address:192.0.2.1',
      ['a.example', 'b@example.com', 'spiffe://c/d', '192.0.2.1'],
    ],
    ['an IPv6 address as Go writes it', 'IP Address:2001:DB8:0:0:0:0:0:1', ['2001:db8::1']],
    ['no other kinds', 'othername:<unsupported>, DirName:CN = a.example, Registered ID:1.2.3, DNS:b', ['b']],
    [
      'one that holds a comma',
      String.raw`URI:"http://x/a, DNS:evil.example", DNS:b`,
      ['http://x/a, DNS:evil.example', 'b'],
    ],
    ['one that holds a quote', String.raw`DNS:"a\", DNS:evil.example"`, ['a", DNS:evil.example']],
    ['nothing', undefined, []],
    ['an empty text', '', []],
  ])('are read from %s', (_, text, names) => {
    expect(namesOf(text)).toEqual(names);
  });
});
