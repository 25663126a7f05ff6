// What a served certificate chain says: its certificates, and whether the name of the server is covered.
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { cleanText } from '../model/clean-text.ts';
import type { Certificate } from '../model/facts.ts';
import { createRecentlyUsed } from '../model/recently-used.ts';
import { namesOf, seenCertificate } from '../model/seen-certificate.ts';

/** Certificates of a chain that are read at most: OpenSSL accepts 100 KiB of them, which are fewer. */
const maxCertificates = 400;

/**
 * The certificates as the server sent them, leaf first, also those that do not belong to the chain. Not
 * getPeerCertificate(true): its chain is put in order and goes on with certificates of the local store. To be called once
 * per connection, because Node up to 24 takes the certificates out of the session.
 */
export function readServedChain(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = socket.getPeerX509Certificate();
  while (next !== undefined && chain.length < maxCertificates) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

/** The leaf and the distinct CA certificates, without those whose expiry is not known. */
export function seenCertificates([leaf, ...others]: readonly X509Certificate[]): Certificate[] {
  if (leaf === undefined) return [];
  const cas = new Map(others.filter(({ ca }) => ca).map((x509) => [x509.fingerprint256, x509]));
  return [read(leaf, 'server'), ...Array.from(cas.values(), (x509) => read(x509, 'ca'))].filter(
    (one) => one !== undefined,
  );
}

/** Certificates of which what was read is kept: more than a large fleet has. */
export const maxKept = 16_384;
/** By fingerprint and role. Reading a certificate takes half a millisecond, and the CAs of a fleet are the same ones. */
const seen = createRecentlyUsed<Certificate | undefined>(maxKept);

function read(x509: X509Certificate, certificate: Certificate['certificate']): Certificate | undefined {
  return seen(`${certificate} ${x509.fingerprint256}`, () =>
    seenCertificate(x509, { certificate, source: 'tls_probe' }),
  );
}

/** The subjectAltNames, without one the common name; in one text of at most 200 characters. */
export function namesIn(leaf: X509Certificate): string {
  const { CN } = namesOf(leaf).subject;
  const [commonName = ''] = [CN].flat();
  return cleanText((leaf.subjectAltName ?? commonName).replaceAll(/(^|, )(?:DNS|IP Address):/g, '$1'));
}

/**
 * What covers the name of the server: a subjectAltName; the common name, for a host name and a certificate without any
 * subjectAltName (RFC 6125 section 6.4.4; RFC 9525 no longer allows it); or nothing.
 * @param name a host name, or an IP address without brackets
 */
export function nameSource(leaf: X509Certificate, name: string): 'san' | 'common_name' | undefined {
  if (isIP(name) !== 0) return leaf.checkIP(name.replace(/%.*/, '')) === undefined ? undefined : 'san';
  const hostname = name.replace(/\.$/, '');
  const rules = { partialWildcards: false } as const;
  if (leaf.checkHost(hostname, { ...rules, subject: 'never' }) !== undefined) return 'san';
  const byName = leaf.subjectAltName === undefined && leaf.checkHost(hostname, { ...rules, subject: 'always' });
  return byName === undefined || byName === false ? undefined : 'common_name';
}
