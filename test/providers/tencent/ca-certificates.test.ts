// CACert in every plausible encoding; the vendor documents none.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCaBundle } from '../../../src/providers/tencent/ca-certificates.ts';

const pem = (name: string) => readFileSync(new URL(`fixtures/${name}.pem`, import.meta.url), 'utf8');
const der = (name: string) => new X509Certificate(pem(name)).raw.toString('base64');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const wrapped = (text: string) => text.replaceAll(/.{64}/g, '$&\n');

const ca = (subjectCn: string, notAfter: string) => ({
  certificate: 'ca',
  source: 'ca_bundle',
  subjectCn,
  notAfterSeconds: Date.parse(notAfter) / 1000,
});
const root = ca('Example Root CA', '2090-01-01T00:00:00Z');
const rootEarlier = ca('Example Root CA', '2070-01-01T00:00:00Z');
const issuing = ca('Example PostgreSQL CA', '2080-06-15T12:34:56Z');

describe('readCaBundle reads', () => {
  it.each([
    ['PEM', pem('root'), [root]],
    ['PEM with CRLF', pem('root').replaceAll('\n', '\r\n'), [root]],
    ['PEM with surrounding spaces', `\n  ${pem('root').trim()}  \n`, [root]],
    ['PEM among other text', `Subject: x\n${pem('root')}\nkey: none\n`, [root]],
    ['a PEM bundle', pem('issuing') + pem('root'), [issuing, root]],
    ['base64 of PEM', base64(pem('root')), [root]],
    ['base64 of a PEM bundle', base64(pem('issuing') + pem('root')), [issuing, root]],
    ['base64 of PEM in lines', wrapped(base64(pem('root'))), [root]],
    ['base64 DER', der('root'), [root]],
    ['base64 DER in lines', `${wrapped(der('root'))}\r\n`, [root]],
    ['a certificate without a CN', pem('nameless'), [ca('', '2099-12-31T23:59:59Z')]],
    [
      'a certificate with a non-ASCII CN that expires in the year 9999',
      pem('chinese'),
      [ca('证书 "CA"', '9999-12-31T23:59:59Z')],
    ],
  ])('%s', (_what, text, certificates) => {
    expect(readCaBundle(text)).toEqual({ certificates, unreadable: false });
  });
});

it('readCaBundle keeps every certificate in order, also several of one CN: a renewed CA beside its predecessor', () => {
  expect(readCaBundle(pem('root') + pem('issuing') + pem('root-earlier'))).toEqual({
    certificates: [root, issuing, rootEarlier],
    unreadable: false,
  });
});

it('readCaBundle keeps the readable part of a bundle, and reports the rest as unreadable', () => {
  const bundle = readCaBundle(pem('root').replace('MIIB', 'MIIC') + pem('issuing'));
  expect(bundle).toEqual({ certificates: [issuing], unreadable: true });
});

const nothing = { certificates: [], unreadable: true };

describe('readCaBundle returns no certificate for', () => {
  it.each([
    ['words', 'not a certificate'],
    ['words that are valid base64', 'certificate'],
    ['an address', 'https://example.com/ca-cert.pem'],
    ['base64 of words', base64('not a certificate')],
    ['base64 of zeros', Buffer.alloc(1000).toString('base64')],
    ['an invalid PEM block', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['a truncated PEM block', pem('root').slice(0, -30)],
    ['truncated DER', der('root').slice(0, 200)],
    ['a key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['too many certificates', pem('root').repeat(1000)],
  ])('%s', (_what, text) => {
    expect(readCaBundle(text)).toEqual(nothing);
  });

  // A response can have 1 MiB: a quadratic algorithm would block the program for minutes.
  it.each([
    ['BEGIN lines without END', '-----BEGIN CERTIFICATE-----\n', 1_000_000],
    ['END lines without BEGIN', '-----END CERTIFICATE-----\n', 150_000],
    ['dashes', '-', 150_000],
    ['letters', 'A', 150_000],
    ['spaces', ' ', 150_000],
    ['letters and spaces', 'A ', 150_000],
    ['padding', '=', 150_000],
  ])('many %s, in linear time', { timeout: 5000 }, (_what, unit, size) => {
    const text = unit.repeat(size / unit.length);
    expect(readCaBundle(text)).toEqual(nothing);
    expect(readCaBundle(`${text}!`)).toEqual(nothing);
    expect(readCaBundle(base64(text))).toEqual(nothing);
  });
});
