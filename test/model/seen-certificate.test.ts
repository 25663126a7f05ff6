// The dates and the serial number of a certificate, also odd ones.
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { seenCertificate } from '../../src/model/seen-certificate.ts';
import { createCertificate } from '../support/certificates.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const notBefore = new Date('2051-01-01T00:00:00Z');
const notAfter = new Date('2060-01-01T00:00:00Z');
const { raw } = new X509Certificate(
  createCertificate({ name: 'x', publicKey, signedWith: privateKey, notBefore, notAfter }),
);

/** The facts of the certificate with some of its bytes replaced by as many others. */
function seenWith(bytes: string, others: string) {
  const patched = Buffer.from(raw);
  patched.write(others, raw.indexOf(bytes, 0, 'latin1'), 'latin1');
  return seenCertificate(new X509Certificate(patched), { certificate: 'ca', source: 'ca_bundle' });
}
const notBeforeText = '20510101000000Z';
const notAfterText = '20600101000000Z';

describe('a certificate', () => {
  const zeroDates = ['00000101000000Z', '00010101000000Z', '00490101000000Z', '00991231235959Z', '01000101000000Z'];

  it.each([...zeroDates, '19700101000000Z'])('that ends at %s has no known end', (text) => {
    expect(seenWith(notAfterText, text)).toBeUndefined();
  });

  it.each([...zeroDates, '19700101000000Z'])('that starts at %s has an end and no known start', (text) => {
    expect(seenWith(notBeforeText, text)).toMatchObject({
      notBeforeSeconds: undefined,
      notAfterSeconds: notAfter.getTime() / 1000,
    });
  });

  it.each(
    Array.from({ length: 12 }, (_, month) => `20${70 + month}-${String(month + 1).padStart(2, '0')}-09T01:02:03Z`),
  )('that starts and ends at %s has these dates', (iso) => {
    const text = `${iso.replace(/\D/g, '')}Z`;
    expect(seenWith(notAfterText, text)?.notAfterSeconds).toBe(Date.parse(iso) / 1000);
    expect(seenWith(notBeforeText, text)?.notBeforeSeconds).toBe(Date.parse(iso) / 1000);
  });

  it('whose key cannot be decoded has its dates and no names', () => {
    // The object identifier of Ed25519, in the signature as well.
    const ed25519 = '\u002b\u0065\u0070';
    const at = raw.lastIndexOf(ed25519, raw.lastIndexOf(ed25519) - 1, 'latin1');
    const patched = Buffer.from(raw);
    patched[at + 2] = 0x40;
    const x509 = new X509Certificate(patched);

    expect(() => x509.publicKey).toThrow('error');
    expect(seenCertificate(x509, { certificate: 'server', source: 'tls_probe' })).toMatchObject({
      subjectCn: '',
      issuerCn: '',
      notAfterSeconds: notAfter.getTime() / 1000,
    });
  });

  it('whose end OpenSSL cannot print has no known end', () => {
    expect(seenWith(notAfterText, '20600101000060Z')).toBeUndefined();
  });

  it.each([
    ['00', '00'],
    ['05', '05'],
    ['7f', '7F'],
    ['00ff', 'FF'],
    ['0d0837', '0D0837'],
  ])('with the serial number %s has it as `openssl x509 -serial` prints it: %s', (bytes, printed) => {
    const serial = Buffer.from(bytes, 'hex');
    const x509 = new X509Certificate(createCertificate({ name: 'x', publicKey, signedWith: privateKey, serial }));
    expect(seenCertificate(x509, { certificate: 'ca', source: 'ca_bundle' })?.serial).toBe(printed);
  });
});
