// The facts of a certificate that is seen itself.
import type { X509Certificate } from 'node:crypto';
import { cleanText } from './clean-text.ts';
import type { Certificate } from './facts.ts';
import { knownSeconds } from './wire-time.ts';

/**
 * Reads a certificate. The serial number and the fingerprint are hexadecimal as `openssl x509 -serial` prints the first
 * (upper case) and as blackbox_exporter exposes the second (lower case), without colons.
 * @returns undefined when it is not known when the certificate expires
 */
export function seenCertificate(
  x509: X509Certificate,
  { certificate, source }: Pick<Certificate, 'certificate' | 'source'>,
): Certificate | undefined {
  const notAfterSeconds = knownSeconds(Date.parse(x509.validTo) / 1000);
  if (notAfterSeconds === undefined) return undefined;
  const { subject, issuer } = x509.toLegacyObject();
  return {
    certificate,
    source,
    subjectCn: nameIn(subject),
    serial: x509.serialNumber,
    issuerCn: nameIn(issuer),
    fingerprintSha256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBeforeSeconds: knownSeconds(Date.parse(x509.validFrom) / 1000),
    notAfterSeconds,
  };
}

/** The common name; where there is none, the organizational unit, then the organization. */
function nameIn(name: unknown): string {
  const parts: Readonly<Record<string, unknown>> = typeof name === 'object' && name !== null ? { ...name } : {};
  const texts = ['CN', 'OU', 'O'].map((type) => {
    // Of several values, the first.
    const [text]: unknown[] = [parts[type]].flat();
    return typeof text === 'string' ? cleanText(text) : '';
  });
  return texts.find((text) => text !== '') ?? '';
}
