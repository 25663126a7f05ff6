// The certificates in PKCS#7: as OpenSSL writes it, in BER, and damaged.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPkcs7 } from '../../src/ca-bundle/pkcs7.ts';
import { der, indefinite, issuing, pkcs7, root } from './bundle-files.ts';

const both = [der(issuing), der(root)];

describe('readPkcs7 reads', () => {
  it('the certificates in order', () => {
    expect(readPkcs7(pkcs7, 64)).toEqual(both);
  });

  // ContentInfo, [0], SignedData, its fields; deeper the certificates themselves, which are DER always.
  it.each([1, 2, 3, 4])('BER with indefinite lengths down to depth %i', (depth) => {
    expect(readPkcs7(indefinite(pkcs7, depth), 64)).toEqual(both);
  });

  it('no more certificates than wanted', () => {
    expect(readPkcs7(pkcs7, 1)).toEqual(both.slice(0, 1));
  });

  it('the certificates before one that is cut off', () => {
    const at = pkcs7.indexOf(der(root));
    const damaged = Buffer.from(pkcs7);
    // Its length.
    damaged.writeUInt16BE(0xffff, at + 2);
    expect(readPkcs7(damaged, 64)).toEqual(both.slice(0, 1));
  });
});

describe('readPkcs7 returns undefined for', () => {
  const nested = Buffer.concat([Buffer.from('3080', 'hex'), Buffer.alloc(200_000, Buffer.from('3080', 'hex'))]);
  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from([0x30])],
    ['a certificate', der(root)],
    ['words', Buffer.from('0 certificates')],
    ['PKCS#7 that is cut off', pkcs7.subarray(0, 40)],
    ['another content type', Buffer.from(pkcs7.toString('hex').replace('010702', '010701'), 'hex')],
    ['a length of 127 bytes', Buffer.from(`30ff${'ff'.repeat(127)}`, 'hex')],
    ['a tag of several bytes', Buffer.from('3f8101', 'hex')],
    ['100,000 nested values', nested],
  ])('%s', (_what, bytes) => {
    expect(readPkcs7(bytes, 64)).toBeUndefined();
  });
});

it('readPkcs7 returns parts of what it got, and never throws, whatever byte is changed or cut off', () => {
  const change = fc.record({ at: fc.nat(pkcs7.length - 1), byte: fc.nat(255), length: fc.nat(pkcs7.length) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(4), (changes, depth) => {
      const bytes = Buffer.from(indefinite(pkcs7, depth));
      for (const { at, byte } of changes) bytes[at] = byte;
      const cut = bytes.subarray(0, Math.max(...changes.map(({ length }) => length)));
      const found = readPkcs7(cut, 64) ?? [];
      expect(found.length).toBeLessThanOrEqual(64);
      for (const one of found) expect(cut.includes(one)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
