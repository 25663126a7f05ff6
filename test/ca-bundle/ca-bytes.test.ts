// A CA bundle as it is downloaded: every format, and what is refused.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCaBytes } from '../../src/ca-bundle/ca-bytes.ts';
import { Failure } from '../../src/model/failure.ts';
import { type Zipped, zip } from '../support/zip.ts';
import { der, indefinite, issuing, pkcs7, pkcs7Pem, root } from './bundle-files.ts';

const file = (name: string, content: Buffer | string, more: Partial<Zipped> = {}): Zipped => ({
  name,
  content: Buffer.from(content),
  ...more,
});
const names = async (bytes: Buffer) => (await readCaBytes(bytes)).certificates.map(({ subjectCn }) => subjectCn);
const both = ['Example PostgreSQL CA', 'Example Root CA'];
const jks = Buffer.concat([Buffer.from('feedfeed00000002', 'hex'), randomBytes(500)]);

describe('readCaBytes reads', () => {
  it.each<[string, Buffer]>([
    ['PEM', Buffer.from(issuing + root)],
    ['PEM with CRLF and a BOM', Buffer.from(`\uFEFF${issuing}${root}`.replaceAll('\n', '\r\n'))],
    ['PEM with comments', Buffer.from(`0 errors\n${issuing}\n# ---\n${root}`)],
    ['DER', Buffer.concat([der(issuing), der(root)])],
    ['PKCS#7 as PEM', pkcs7Pem],
    ['PKCS#7 as PEM, labelled CMS', Buffer.from(pkcs7Pem.toString().replaceAll('PKCS7', 'CMS'))],
    ['PKCS#7 as DER', pkcs7],
    ['PKCS#7 as BER', indefinite(pkcs7, 4)],
    ['PKCS#7 as base64', Buffer.from(pkcs7.toString('base64'))],
    [
      'a zip with PEM, PKCS#7 and JKS',
      zip([file('ca.pem', issuing + root), file('ca.p7b', pkcs7), file('ca.jks', jks)]),
    ],
    ['a zip with folders', zip([file('x/', ''), file('x/y/ca.crt', der(issuing)), file('x/root.cer', root)])],
    ['a zip with names as Windows writes them', zip([file('x\\ca.pem', issuing + root)])],
    ['a zip that is not compressed', zip([file('ca.pem', issuing + root, { method: 0 })])],
    ['a zip with a text for people', zip([file('README.txt', 'certificate'), file('ca', pkcs7Pem)])],
  ])('%s', async (_what, bytes) => {
    expect(await names(bytes)).toEqual(both);
    expect(await readCaBytes(bytes)).toMatchObject({ unreadable: false });
  });

  it('the certificates as PEM, for the verification of a chain', async () => {
    expect((await readCaBytes(pkcs7)).pem).toBe(issuing + root);
  });

  it.each<[string, Buffer]>([
    ['a damaged certificate', Buffer.from(issuing + root.replace('MIIB', 'MIIC'))],
    ['DER and other bytes', Buffer.concat([der(issuing), Buffer.from('other')])],
    ['a zip with a damaged file', zip([file('a.pem', issuing), file('b.pem', root.slice(0, 200))])],
    ['a zip with a certificate file of something else', zip([file('a.pem', issuing), file('b.p7b', 'hello')])],
  ])('the readable part of %s, and reports that there is more', async (_what, bytes) => {
    expect(await readCaBytes(bytes)).toMatchObject({ certificates: [{ subjectCn: both[0] }], unreadable: true });
  });

  it('the first 64 of many certificates in several files', async () => {
    const many = Array.from({ length: 70 }, (_, at) => file(`${at}.pem`, root));
    expect(await readCaBytes(zip(many))).toMatchObject({ certificates: [{ subjectCn: both[1] }], unreadable: true });
  });
});

const megabyte = Buffer.alloc(1024 * 1024, 0x20);
const none = 'holds none that can be read; it has to be PEM, DER, PKCS#7, or a zip archive';
const damaged = 'is damaged, or has file names that point outside of it';

describe('readCaBytes refuses', () => {
  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), none],
    ['a web page', Buffer.from('<!doctype html><p>login</p>'), none],
    ['a Java key store', jks, none],
    ['an empty zip', zip([]), none],
    ['a zip with a Java key store only', zip([file('ca.jks', jks)]), none],
    ['a zip in a zip', zip([file('inner.zip', zip([file('ca.pem', root)]))]), none],
    ['a zip bomb', zip([file('ca.pem', root), file('b.pem', Buffer.concat([megabyte, megabyte]))]), '1 MiB unpacked'],
    [
      'a zip bomb of many files',
      zip(Array.from({ length: 5 }, (_, at) => file(`${at}`, megabyte.subarray(0, 300_000)))),
      '1 MiB unpacked',
    ],
    ['a zip bomb that announces less', zip([file('ca.pem', megabyte, { size: 100 })]), damaged],
    ['a file that is shorter than announced', zip([file('ca.pem', root, { size: 4000 })]), damaged],
    ['10,000 entries', zip(Array.from({ length: 10_000 }, (_, at) => file(`${at}`, ''))), 'more than 100 entries'],
    ['an encrypted file', zip([file('ca.pem', root), file('b', root, { flags: 1 })]), 'an encrypted file'],
    ['a name with ..', zip([file('../ca.pem', root)]), damaged],
    ['a name with .. between', zip([file('a/../../ca.pem', root)]), damaged],
    ['a name with .. as Windows writes it', zip([file('..\\ca.pem', root)]), damaged],
    ['an absolute name', zip([file('/etc/ca.pem', root)]), damaged],
    ['a name with a drive', zip([file('C:/ca.pem', root)]), damaged],
    ['another compression', zip([file('ca.pem', root, { method: 12 })]), damaged],
    ['a zip that is cut off', zip([file('ca.pem', root)]).subarray(0, -10), damaged],
    ['the beginning of a zip', Buffer.from('PK\u0003\u0004'), damaged],
  ])('%s', async (_what, bytes, message) => {
    const failure = await readCaBytes(bytes).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ reason: 'bad_response' });
    expect((failure as Failure).message).toContain(message);
  });
});

it('readCaBytes returns certificates that are there or fails, whatever bytes of a bundle are changed or cut off', async () => {
  const bundles = [Buffer.from(issuing + root), pkcs7, pkcs7Pem, zip([file('a.pem', issuing), file('b.p7b', pkcs7)])];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...bundles),
      fc.array(fc.record({ at: fc.nat(3000), byte: fc.nat(255) }), { maxLength: 5 }),
      fc.nat(3000),
      async (bundle, changes, length) => {
        const bytes = Buffer.from(bundle.subarray(0, Math.max(length, changes.length > 2 ? bundle.length : 0)));
        for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
        try {
          const { certificates } = await readCaBytes(bytes);
          expect(certificates.length).toBeGreaterThan(0);
          expect(certificates.length).toBeLessThanOrEqual(4);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          expect(error.reason).toBe('bad_response');
        }
      },
    ),
    { numRuns: 400 },
  );
});
