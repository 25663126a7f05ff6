// The facts of a certificate that is seen itself.
import type { X509Certificate } from 'node:crypto';
import { cleanText } from './clean-text.ts';
import type { Certificate } from './facts.ts';
import { parseWireTime } from './wire-time.ts';

/**
 * Reads a certificate. The serial number and the fingerprint are hexadecimal as `openssl x509 -serial` prints the first
 * (upper case) and as blackbox_exporter exposes the second (lower case), without colons.
 * @returns undefined when it is not known when the certificate expires
 */
export function seenCertificate(
  x509: X509Certificate,
  { certificate, source }: Pick<Certificate, 'certificate' | 'source'>,
): Certificate | undefined {
  const notAfterSeconds = readTime(x509.validTo);
  if (notAfterSeconds === undefined) return undefined;
  const { subject, issuer } = namesOf(x509);
  return {
    certificate,
    source,
    subjectCn: nameIn(subject),
    // OpenSSL prints whole bytes, Node does so except for 0.
    serial: x509.serialNumber === '0' ? '00' : x509.serialNumber,
    issuerCn: nameIn(issuer),
    fingerprintSha256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBeforeSeconds: readTime(x509.validFrom),
    notAfterSeconds,
  };
}

/**
 * Subject and issuer, by attribute. Both are empty when the public key cannot be decoded: toLegacyObject() of Node 24 then ends
 * the process with a segmentation fault, and whoever serves the certificate could stop the exporter.
 */
export function namesOf(
  x509: X509Certificate,
): Record<'subject' | 'issuer', Partial<Record<string, string | string[]>>> {
  try {
    void x509.publicKey;
  } catch {
    return { subject: {}, issuer: {} };
  }
  return x509.toLegacyObject();
}

const printedTime = /^([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d(?:\.\d+)?) (\d{1,4}) GMT$/;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Unix seconds of a time as OpenSSL prints it, e.g. `Jan  1 00:00:00 2030 GMT`. Date.parse would take the year 1 for 2001.
 * @returns undefined for a time that cannot be known, such as a zero date
 */
function readTime(printed: string): number | undefined {
  const [, month = '', day = '', time = '', year = ''] = printedTime.exec(printed) ?? [];
  const number = String(months.indexOf(month) + 1);
  return parseWireTime(`${year.padStart(4, '0')}-${number.padStart(2, '0')}-${day.padStart(2, '0')}T${time}Z`)?.seconds;
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
