// From the DER of certificates to a bundle.
import { X509Certificate } from 'node:crypto';
import type { CaBundle } from '../model/ca-bundle.ts';
import { seenCertificate } from '../model/seen-certificate.ts';
import { readPkcs7 } from './pkcs7.ts';

export const maxCertificates = 64;

/** The parts of a bundle. */
export interface Parts {
  /** The DER of each certificate, and something that is none for what cannot be decoded. */
  blobs: Buffer[];
  /** Whether there is more in addition to them than comments. */
  lost: boolean;
}

export function bundleOf({ blobs, lost }: Parts): CaBundle {
  const found = blobs.slice(0, maxCertificates).map(parseDer);
  const distinct = new Map(found.flatMap((x509) => (x509 === undefined ? [] : [[x509.fingerprint256, x509]])));
  const seen = Array.from(distinct.values(), (x509) =>
    seenCertificate(x509, { certificate: 'ca', source: 'ca_bundle' }),
  );
  return {
    certificates: seen.filter((one) => one !== undefined),
    pem: Array.from(distinct.values(), String).join(''),
    unreadable:
      lost ||
      blobs.length === 0 ||
      blobs.length > maxCertificates ||
      found.includes(undefined) ||
      seen.includes(undefined),
  };
}

/** Those in PKCS#7, or one after the other; then the last part may be none. */
export function splitDer(der: Buffer): Buffer[] {
  const packed = readPkcs7(der, maxCertificates + 1);
  if (packed !== undefined) return packed;
  const parts: Buffer[] = [];
  for (let rest = der; rest.length > 0 && parts.length <= maxCertificates; ) {
    parts.push(rest);
    rest = rest.subarray(parseDer(rest)?.raw.length ?? rest.length);
  }
  return parts;
}

/** The first certificate in `der`. */
function parseDer(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    // Not a certificate: the bundle is reported as unreadable.
    return undefined;
  }
}
