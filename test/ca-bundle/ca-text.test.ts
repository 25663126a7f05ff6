// CACert in every plausible encoding; the vendor documents none.

import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCaBundle } from '../../src/ca-bundle/ca-text.ts';
import { createCertificate } from '../support/certificates.ts';

const pem = (name: string) => readFileSync(new URL(`fixtures/${name}.pem`, import.meta.url), 'utf8');
const rawOf = (name: string) => new X509Certificate(pem(name)).raw;
const der = (name: string) => rawOf(name).toString('base64');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const wrapped = (text: string) => text.replaceAll(/.{64}/g, '$&\n');

/** As `openssl x509 -noout -serial -fingerprint -sha256` prints them; all are valid from 2020 and issued by themselves. */
const ca = (subjectCn: string, notAfter: string, serial: string, fingerprintSha256: string) => ({
  certificate: 'ca',
  source: 'ca_bundle',
  subjectCn,
  serial,
  issuerCn: subjectCn,
  fingerprintSha256,
  notBeforeSeconds: Date.parse('2020-01-01T00:00:00Z') / 1000,
  notAfterSeconds: Date.parse(notAfter) / 1000,
});
const root = ca(
  'Example Root CA',
  '2090-01-01T00:00:00Z',
  '0D083768A46DCAEA746B23387CF1ACE50E50245A',
  '84a75ddc029a364f2b711ee63e593e165db30d317bdde83c2c70b30e99cf333b',
);
const rootEarlier = ca(
  'Example Root CA',
  '2070-01-01T00:00:00Z',
  '6CF920A6F0CA7B278BA0A498D53B1765A8E89191',
  'df8802f4df7cc63aaacb27b050257fc2f73efaa0a74f9f24a75931830ee7ce0a',
);
const issuing = ca(
  'Example PostgreSQL CA',
  '2080-06-15T12:34:56Z',
  '6CBDA0BB6635A5E0F83B08C0C1CD7CB9730130AF',
  '415a2e7b99dd0c7b1f2365910f30f698ddcb8acab93194d25fa90159b3e4897a',
);
const nameless = ca(
  'Example',
  '2099-12-31T23:59:59Z',
  '3930FEF50D71D7F41FF1CD1BFD8D55A154A22F86',
  'deda4e0a5a2971ff51a2217220537e58f89a5de074cf9be64643cc8f21919599',
);
const chinese = ca(
  '证书 "CA"',
  '9999-12-31T23:59:59Z',
  '422B89C6DD8A814E787A5BD41ADCBFAC42339C71',
  'a2c68e660b153cde44dbc9d51bea65c866fd0cf3be773befc2d7b0e10295e07e',
);

const blockOf = (bytes: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${wrapped(bytes.toString('base64'))}\n-----END CERTIFICATE-----\n`;
const bundle = pem('issuing') + pem('root');
const labelled = (label: string) => bundle.replaceAll(' CERTIFICATE', ` ${label}CERTIFICATE`);
/** `openssl pkcs12`, `x509 -text` and a system's bundle write such text. */
const commented = `# Root — see https://crl.example.com/DigiCertGlobalRootG2.crl
${'='.repeat(80)}
# SHA256: ${root.fingerprintSha256}
Bag Attributes
    localKeyID: 54 69 6D 65
    friendlyName: Example Root CA, BEGIN and END of the list
subject=C = CN, O = Example, CN = Example Root CA
X509v3 Subject Key Identifier: 5A:00:${'9F:'.repeat(40)}00
${'-'.repeat(80)}
${pem('issuing')}
# ${'/'.repeat(80)}
${pem('root')}-- the end ---
`;
/** The DER of the first has no padding. */
const twoInOne = blockOf(Buffer.concat([rawOf('root'), rawOf('nameless')]));
/** Attributes that OpenSSL writes after a trusted certificate. */
const trusted = `-----BEGIN TRUSTED CERTIFICATE-----\n${wrapped(
  Buffer.concat([rawOf('root'), Buffer.from('300c300a06082b06010505070301', 'hex')]).toString('base64'),
)}\n-----END TRUSTED CERTIFICATE-----\n`;

describe('readCaBundle reads', () => {
  it.each([
    ['PEM', pem('root'), [root]],
    ['PEM with CRLF', pem('root').replaceAll('\n', '\r\n'), [root]],
    ['PEM with surrounding spaces', `\n  ${pem('root').trim()}  \n`, [root]],
    ['PEM among other text', `Subject: x\n${pem('root')}\nkey: none\n`, [root]],
    ['a PEM bundle', bundle, [issuing, root]],
    ['the same certificate twice as one', bundle + pem('issuing'), [issuing, root]],
    ['PEM with literal \\n', bundle.replaceAll('\n', '\\n'), [issuing, root]],
    ['PEM with literal \\r\\n', bundle.replaceAll('\n', '\\r\\n'), [issuing, root]],
    ['PEM with doubly escaped line breaks', bundle.replaceAll('\n', '\\\\n'), [issuing, root]],
    ['PEM with escaped slashes', bundle.replaceAll('/', '\\/'), [issuing, root]],
    ['PEM in quotes', JSON.stringify(bundle), [issuing, root]],
    ['PEM as a JSON list', JSON.stringify([pem('issuing'), pem('root')]), [issuing, root]],
    ['PEM with blanks for line breaks', bundle.replaceAll('\n', ' '), [issuing, root]],
    ['PEM with CR for line breaks', bundle.replaceAll('\n', '\r'), [issuing, root]],
    ['PEM with tabs for line breaks', bundle.replaceAll('\n', '\t'), [issuing, root]],
    ['PEM without line breaks', bundle.replaceAll('\n', ''), [issuing, root]],
    ['PEM without any white space', bundle.replaceAll(/\s/g, ''), [issuing, root]],
    ['PEM with line breaks only around the marks', bundle.replaceAll(/(?<!-)\n(?!-)/g, ''), [issuing, root]],
    ['PEM without line breaks after the marks', bundle.replaceAll(/-----\n/g, '-----'), [issuing, root]],
    ['indented PEM', bundle.replaceAll(/^/gm, '    '), [issuing, root]],
    ['quoted PEM', bundle.replaceAll(/^/gm, '> '), [issuing, root]],
    ['PEM after a BOM', `\uFEFF${bundle}`, [issuing, root]],
    ['PEM files with a BOM each', `\uFEFF${pem('issuing')}\uFEFF${pem('root')}`, [issuing, root]],
    [
      'PEM in HTML',
      bundle.replaceAll('\n', '&#10;').replaceAll('+', '&#43;').replaceAll('/', '&#x2F;'),
      [issuing, root],
    ],
    ['PEM in a URL', encodeURIComponent(bundle), [issuing, root]],
    ['PEM with base64url inside', bundle.replaceAll('+', '-').replaceAll('/', '_'), [issuing, root]],
    ['X509 CERTIFICATE', labelled('X509 '), [issuing, root]],
    ['TRUSTED CERTIFICATE', labelled('TRUSTED '), [issuing, root]],
    ['TRUSTED CERTIFICATE with attributes', trusted, [root]],
    ['base64 of PEM', base64(pem('root')), [root]],
    ['base64 of a PEM bundle', base64(bundle), [issuing, root]],
    ['base64 of PEM in lines', wrapped(base64(pem('root'))), [root]],
    ['base64 of PEM in lines with literal \\n', wrapped(base64(bundle)).replaceAll('\n', '\\n'), [issuing, root]],
    ['base64 of PEM with literal \\n', base64(bundle.replaceAll('\n', '\\n')), [issuing, root]],
    ['base64url of PEM', Buffer.from(bundle).toString('base64url'), [issuing, root]],
    ['base64 DER', der('root'), [root]],
    ['base64 DER in lines', `${wrapped(der('root'))}\r\n`, [root]],
    ['base64url DER', rawOf('root').toString('base64url'), [root]],
    ['base64 of several DER', Buffer.concat([rawOf('issuing'), rawOf('root')]).toString('base64'), [issuing, root]],
    ['PEM among the text of OpenSSL, rulers and digests', commented, [issuing, root]],
    ['base64 of PEM among such text', base64(commented), [issuing, root]],
    ['two certificates in one block', twoInOne, [root, nameless]],
    ['a certificate without a CN', pem('nameless'), [nameless]],
    ['a certificate with a non-ASCII CN that expires in the year 9999', pem('chinese'), [chinese]],
  ])('%s', (_what, text, certificates) => {
    expect(readCaBundle(text)).toMatchObject({ certificates, unreadable: false });
  });
});

it('readCaBundle keeps every certificate in order, also several of one CN: a renewed CA and its predecessor', () => {
  expect(readCaBundle(pem('root') + pem('issuing') + pem('root-earlier'))).toEqual({
    certificates: [root, issuing, rootEarlier],
    pem: pem('root') + pem('issuing') + pem('root-earlier'),
    unreadable: false,
  });
});

const withoutBegin = pem('root').replace(/-----BEGIN.*-----\n/, '');

describe('readCaBundle keeps the readable part, and reports the rest, of a bundle with', () => {
  it.each([
    ['an invalid certificate', pem('root').replace('MIIB', 'MIIC') + pem('issuing')],
    ['a truncated certificate at its end', pem('issuing') + pem('root').slice(0, -30)],
    ['a truncated certificate before others', pem('root').slice(0, -30) + pem('issuing')],
    ['a certificate without its BEGIN line at its end', pem('issuing') + withoutBegin],
    ['a certificate without its BEGIN line before others', withoutBegin + pem('issuing')],
    ['a certificate with 4 dashes in its marks', pem('issuing') + pem('root').replaceAll('-----', '----')],
    ['a certificate with 4 dashes in its marks first', pem('root').replaceAll('-----', '----') + pem('issuing')],
    ['a certificate with 4 dashes in BEGIN', pem('issuing') + pem('root').replace('-----BEGIN', '----BEGIN')],
    ['a certificate with 4 dashes after BEGIN', pem('issuing') + pem('root').replace('-----\n', '----\n')],
    [
      '4 dashes between two',
      (pem('issuing') + pem('root')).replace(/-----END(.*)-----\n-----BEGIN/, '----END$1----BEGIN'),
    ],
    ['bare base64 after it', `${pem('issuing')}${wrapped(der('root'))}\n`],
    ['bare base64 before it', `${wrapped(der('root'))}\n${pem('issuing')}`],
    ['bare base64 on one line', `${pem('issuing')}${der('root')}`],
    ['a cut off mark', `${pem('issuing')}-----BEG`],
    ['a PKCS#7 bundle', `${pem('issuing')}-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n`],
    ['base64 of PEM and a certificate without its BEGIN line', base64(pem('issuing') + withoutBegin)],
    ['other bytes in its block', blockOf(Buffer.concat([rawOf('issuing'), Buffer.from('other')]))],
    ['DER and other bytes after it', Buffer.concat([rawOf('issuing'), Buffer.from('other')]).toString('base64')],
  ])('%s', (_what, text) => {
    expect(readCaBundle(text)).toMatchObject({ certificates: [issuing], unreadable: true });
  });

  it('a certificate that expired before 1971, which means no date', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const undated = createCertificate({ name: 'x', publicKey, signedWith: privateKey, notAfter: new Date(0) });
    expect(readCaBundle(undated + pem('issuing'))).toMatchObject({ certificates: [issuing], unreadable: true });
  });

  it('more than 64 certificates', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const many = Array.from({ length: 65 }, (_, index) =>
      createCertificate({ name: `ca ${index}`, publicKey, signedWith: privateKey }),
    );
    const { certificates, unreadable } = readCaBundle(many.join(''));
    expect(certificates.map(({ subjectCn }) => subjectCn)).toEqual(Array.from({ length: 64 }, (_, i) => `ca ${i}`));
    expect(unreadable).toBe(true);
    expect(readCaBundle(many.slice(1).join('')).unreadable).toBe(false);
  });
});

describe('readCaBundle', () => {
  it('leaves out a start of validity before 1971, which means no date', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const undated = createCertificate({ name: 'x', publicKey, signedWith: privateKey, notBefore: new Date(0) });
    const { certificates, unreadable } = readCaBundle(undated);
    expect(certificates).toMatchObject([{ subjectCn: 'x', notBeforeSeconds: undefined }]);
    expect(unreadable).toBe(false);
  });

  it('returns the same object for the same text, which instances share', () => {
    expect(readCaBundle(`${bundle} `)).toBe(readCaBundle(`${bundle} `));
    expect(readCaBundle('neither')).toBe(readCaBundle('neither'));
  });

  it.each([[''], [' \n'], ['\uFEFF'], ['-'], [' - '], [null], [undefined], [[]], [{}]])(
    'takes %j for an absent bundle',
    (value) => {
      expect(readCaBundle(value)).toMatchObject({ certificates: [], unreadable: false });
    },
  );
});

const nothing = { certificates: [], pem: '', unreadable: true };

describe('readCaBundle returns no certificate for', () => {
  it.each([
    ['words', 'not a certificate'],
    ['words that are valid base64', 'certificate'],
    ['an address', 'https://example.com/ca-cert.pem'],
    ['base64 of words', base64('not a certificate')],
    ['base64 of zeros', Buffer.alloc(1000).toString('base64')],
    ['an invalid PEM block', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['an empty PEM block', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
    ['a truncated PEM block', pem('root').slice(0, -30)],
    ['truncated DER', der('root').slice(0, 200)],
    ['a key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['too long a text', pem('root').repeat(1000)],
    ['a list', [pem('root')]],
    ['a number', 5],
    ['true', true],
    ['an object', { certificate: pem('root') }],
  ])('%s', (_what, value) => {
    expect(readCaBundle(value)).toEqual(nothing);
  });

  // A response can have 1 MiB: a quadratic algorithm would block the program for minutes.
  it.each([
    ['BEGIN lines without END', '-----BEGIN CERTIFICATE-----\n', 1_000_000],
    ['BEGIN lines without END', '-----BEGIN CERTIFICATE-----\n', 150_000],
    ['END lines without BEGIN', '-----END CERTIFICATE-----\n', 150_000],
    ['marks without an end', '-----BEGIN ', 150_000],
    ['dashes', '-', 150_000],
    ['letters', 'A', 150_000],
    ['letters and spaces', 'A ', 150_000],
    ['padding', '=', 150_000],
    ['backslashes', '\\', 150_000],
    ['ampersands', '&#', 150_000],
  ])('many %s, in linear time', { timeout: 5000 }, (_what, unit, size) => {
    const text = unit.repeat(size / unit.length);
    expect(readCaBundle(text)).toEqual(nothing);
    expect(readCaBundle(`${text}!`)).toEqual(nothing);
    expect(readCaBundle(base64(text))).toEqual(nothing);
    expect(readCaBundle(`-----BEGIN${' '.repeat(size)}!`)).toEqual(nothing);
  });
});
