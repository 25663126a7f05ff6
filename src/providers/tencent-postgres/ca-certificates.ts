// Reads the certificates that an answer carries in CACert, whose encoding the vendor does not document.
import { X509Certificate } from 'node:crypto';
import type { Certificate } from '../../core/facts.ts';

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const maxCertificates = 64;

/**
 * The CA certificates in a PEM bundle, in base64 of one, or in base64 DER; undefined when the text is none of
 * these. Among certificates with the same CN the one that ends first counts.
 */
export function readCaCertificates(text: string): Certificate[] | undefined {
  const blobs = splitBundle(text);
  if (blobs === undefined || blobs.length > maxCertificates) return undefined;
  const earliest = new Map<string, Certificate>();
  for (const blob of blobs) {
    const certificate = readCertificate(blob);
    if (certificate === undefined) return undefined;
    const known = earliest.get(certificate.subjectCn);
    if (known === undefined || certificate.notAfterSeconds < known.notAfterSeconds) {
      earliest.set(certificate.subjectCn, certificate);
    }
  }
  return [...earliest.values()];
}

function splitBundle(text: string): (string | Buffer)[] | undefined {
  const pem = text.match(pemBlock);
  if (pem !== null) return pem;
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) return undefined;
  const decoded = Buffer.from(text, 'base64');
  return decoded.toString('latin1').match(pemBlock) ?? [decoded];
}

function readCertificate(blob: string | Buffer): Certificate | undefined {
  try {
    const certificate = new X509Certificate(blob);
    const notAfterMs = Date.parse(certificate.validTo);
    if (Number.isNaN(notAfterMs)) return undefined;
    const names: unknown = certificate.toLegacyObject().subject?.CN;
    const subjectCn = Array.isArray(names) ? String(names[0]) : typeof names === 'string' ? names : '';
    return { certificate: 'ca', source: 'ca_bundle', subjectCn, notAfterSeconds: notAfterMs / 1000 };
  } catch {
    // Not a certificate: the caller says so in one debug line.
    return undefined;
  }
}
