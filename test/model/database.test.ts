// Addresses of databases.
import { describe, expect, it } from 'vitest';
import { addressKey, addressText, parseDatabaseAddress } from '../../src/model/database.ts';

describe('an address', () => {
  it.each([
    ['db.example.com:5432', { host: 'db.example.com', port: 5432 }],
    ['db_1', { host: 'db_1', port: undefined }],
    ['[2001:db8::1]:5432', { host: '2001:db8::1', port: 5432 }],
    ['2001:db8::1', { host: '2001:db8::1' }],
    ['[::1]', { host: '::1', port: undefined }],
  ])('is %s', (text, expected) => {
    expect(parseDatabaseAddress(text)).toEqual(expected);
  });

  it.each([
    '',
    ':5432',
    'db:',
    'db:0',
    'db:65536',
    'db:x',
    'a b',
    'u@db',
    'http://db',
    'db/x',
    '[db]:1',
    '[::1',
    '::1:g',
    '-db',
    '10.0.0.256:5432',
    'db.1',
  ])('is not %j', (text) => expect(parseDatabaseAddress(text)).toBeUndefined());

  it('has the same key in each spelling', () => {
    const keys = (hosts: string[]) => new Set(hosts.map((host) => addressKey({ host, port: 5432 })));
    expect(keys(['db.example.com', 'DB.example.com', 'db.example.com.'])).toEqual(new Set(['db.example.com:5432']));
    expect(keys(['::1', '0:0:0:0:0:0:0:1'])).toEqual(new Set(['[::1]:5432']));
    expect(addressText({ host: '0:0:0:0:0:0:0:1', port: 1 })).toBe('[0:0:0:0:0:0:0:1]:1');
  });
});
