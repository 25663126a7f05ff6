// Reads the certificates in a text, whose encoding need not be documented.
import { createHash } from 'node:crypto';
import type { CaBundle } from '../model/ca-bundle.ts';
import { hasLostCertificate } from '../model/lost-certificate.ts';
import { createRecentlyUsed } from '../model/recently-used.ts';
import { bundleOf, maxCertificates, type Parts, splitDer } from './certificates.ts';

const maxCharacters = 256 * 1024;

/** By hash. Most instances have the same bundle, and a certificate takes half a millisecond. */
const bundles = createRecentlyUsed<CaBundle>(1024);

/**
 * The CA certificates in a text: PEM, also without its line breaks or with escaped ones, base64 of it, or base64 DER; of
 * certificates or of PKCS#7. The same object for the same text, as long as it is not the least recently used of 1024.
 */
export function readCaBundle(value: unknown): CaBundle {
  if (isEmpty(value)) return { certificates: [], pem: '', unreadable: false };
  if (typeof value !== 'string' || value.length > maxCharacters) return { certificates: [], pem: '', unreadable: true };
  const key = createHash('sha256').update(value).digest('base64');
  return bundles(key, () => bundleOf(splitText(value)));
}

/** Whether the API means that there is no bundle. */
function isEmpty(value: unknown): boolean {
  if (typeof value === 'string') return ['', '-'].includes(value.trim());
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
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

/** The parts of a text of any length. */
export function splitText(given: string): Parts {
  const text = unescape(given);
  const parts = splitPem(text);
  if (parts.blobs.length > 0) return parts;
  const packed = text.replace(/[\s"']/g, '');
  if (!/^[\w+/-]+={0,2}$/.test(packed)) return parts;
  const decoded = Buffer.from(packed, 'base64');
  const inside = splitPem(unescape(decoded.toString('latin1')));
  return inside.blobs.length > 0 ? inside : { blobs: splitDer(decoded), lost: false };
}

const marks = /-----(BEGIN|END)\s*(?:(?:(TRUSTED|X509)\s*)?CERTIFICATE|CMS|PKCS\s*#?7(?:\s*SIGNED\s*DATA)?)\s*-----/g;

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
