// Reads the certificates in the field CACert, whose encoding the vendor does not document.
import { X509Certificate } from 'node:crypto';
import type { Certificate } from '../../model/facts.ts';

const pemBegin = '-----BEGIN CERTIFICATE-----';
const pemEnd = '-----END CERTIFICATE-----';
const maxCharacters = 256 * 1024;
const maxCertificates = 64;

/** The contents of a bundle. */
export interface CaBundle {
  certificates: Certificate[];
  /** Whether a part of it could not be read. */
  unreadable: boolean;
}

/** The CA certificates in a PEM bundle, in base64 of one, or in base64 DER; none for anything else. */
export function readCaBundle(value: unknown): CaBundle {
  const blobs = typeof value === 'string' ? splitBundle(value) : undefined;
  if (blobs === undefined || blobs.length > maxCertificates) return { certificates: [], unreadable: true };
  const certificates = blobs.flatMap((blob) => readCertificate(blob) ?? []);
  return { certificates, unreadable: certificates.length < blobs.length };
}

function splitBundle(text: string): (string | Buffer)[] | undefined {
  if (text.length > maxCharacters) return undefined;
  const pem = pemBlocks(text);
  if (pem.length > 0) return pem;
  const packed = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) return undefined;
  const decoded = Buffer.from(packed, 'base64');
  const inside = pemBlocks(decoded.toString('latin1'));
  return inside.length > 0 ? inside : [decoded];
}

function pemBlocks(text: string): string[] {
  const blocks: string[] = [];
  for (let from = text.indexOf(pemBegin); from !== -1; from = text.indexOf(pemBegin, from + 1)) {
    const end = text.indexOf(pemEnd, from);
    if (end === -1 || blocks.length > maxCertificates) break;
    blocks.push(text.slice(from, end + pemEnd.length));
  }
  return blocks;
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
    // Not a certificate: `unreadable` makes one debug line.
    return undefined;
  }
}
