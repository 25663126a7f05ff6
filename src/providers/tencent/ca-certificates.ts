// Reads the certificates in the field CACert, whose encoding the vendor does not document.
import { createHash, X509Certificate } from 'node:crypto';
import type { Certificate } from '../../model/facts.ts';
import { hasLostCertificate } from '../../model/lost-certificate.ts';
import { createRecentlyUsed } from '../../model/recently-used.ts';
import { seenCertificate } from '../../model/seen-certificate.ts';

const maxCharacters = 256 * 1024;
const maxCertificates = 64;

/** The contents of a bundle. */
export interface CaBundle {
  /** Distinct, in order; the first 64 of a larger bundle. */
  certificates: readonly Certificate[];
  /** The same as PEM. */
  pem: string;
  /** Whether a part of it could not be read. */
  unreadable: boolean;
}

/** By hash. Most instances have the same bundle, and a certificate takes half a millisecond. */
const bundles = createRecentlyUsed<CaBundle>(1024);

/**
 * The CA certificates in a text: PEM, also without its line breaks or with escaped ones, base64 of it, or base64 DER. The
 * same object for the same text, as long as it is not the least recently used of 1024.
 */
export function readCaBundle(value: unknown): CaBundle {
  if (isEmpty(value)) return { certificates: [], pem: '', unreadable: false };
  if (typeof value !== 'string' || value.length > maxCharacters) return { certificates: [], pem: '', unreadable: true };
  const key = createHash('sha256').update(value).digest('base64');
  return bundles(key, () => parseBundle(value));
}

/** Whether the API means that there is no bundle. */
function isEmpty(value: unknown): boolean {
  if (typeof value === 'string') return ['', '-'].includes(value.trim());
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}

function parseBundle(text: string): CaBundle {
  const { blobs, lost } = splitBundle(unescape(text));
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

const escapes = /\\{1,4}[nrt/]|&#(?:x[\da-f]{1,4}|\d{1,5});|%[\da-f]{2}/gi;

/** Decodes what JSON, HTML and URL encoders make of a PEM text, e.g. a backslash and an n for a line break. */
function unescape(text: string): string {
  return text.replace(escapes, (escape) => {
    if (escape.startsWith('\\')) return escape.endsWith('/') ? '/' : '\n';
    const digits = escape.replace(/[&#;%]/g, '');
    const isDecimal = escape.startsWith('&') && !/^x/i.test(digits);
    return String.fromCharCode(Number.parseInt(digits.replace(/^x/i, ''), isDecimal ? 10 : 16));
  });
}

/** The parts of a bundle. */
interface Parts {
  /** The DER of each certificate, and something that is none for what cannot be decoded. */
  blobs: Buffer[];
  /** Whether there is more beside them than comments. */
  lost: boolean;
}

function splitBundle(text: string): Parts {
  const parts = splitPem(text);
  if (parts.blobs.length > 0) return parts;
  const packed = text.replace(/[\s"']/g, '');
  if (!/^[\w+/-]+={0,2}$/.test(packed)) return parts;
  const decoded = Buffer.from(packed, 'base64');
  const inside = splitPem(unescape(decoded.toString('latin1')));
  return inside.blobs.length > 0 ? inside : { blobs: splitDer(decoded), lost: false };
}

const marks = /-----(BEGIN|END)\s*(?:(TRUSTED|X509)\s*)?CERTIFICATE\s*-----/g;

/** The contents of the PEM blocks, empty for one without an end. */
function splitPem(text: string): Parts {
  const blobs: Buffer[] = [];
  const rest: string[] = [];
  let label: string | undefined;
  let last = 0;
  for (const { 0: mark, 1: kind, 2: begun = '', index } of text.matchAll(marks)) {
    if (blobs.length > maxCertificates) break;
    const between = text.slice(last, index);
    last = index + mark.length;
    if (label !== undefined) blobs.push(...decodeBlock(kind === 'END' ? between : '', label));
    else rest.push(between, kind === 'END' ? mark : '');
    label = kind === 'BEGIN' ? begun : undefined;
  }
  if (label === undefined) rest.push(text.slice(last));
  else blobs.push(Buffer.alloc(0));
  return { blobs, lost: hasLostCertificate(rest.join('\n')) };
}

/** What is not base64 in a block is left out. A trusted certificate of OpenSSL has more after the certificate. */
function decodeBlock(block: string, label: string): Buffer[] {
  const der = Buffer.from(block.replace(/[^\w+/-]/g, ''), 'base64');
  return der.length === 0 || label === 'TRUSTED' ? [der] : splitDer(der);
}

/** Certificates one after the other; the last part may be none. */
function splitDer(der: Buffer): Buffer[] {
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
