// CA certificates in files of several formats.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

const read = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const pemOf = (name: string) => read(`${name}.pem`).toString();

/** "Example Root CA" and "Example PostgreSQL CA". */
export const root = pemOf('root');
export const issuing = pemOf('issuing');
export const der = (pem: string) => new X509Certificate(pem).raw;
/** Both, as `openssl crl2pkcs7 -nocrl` writes them. */
export const pkcs7Pem = read('bundle.p7b');
export const pkcs7 = read('bundle.der.p7b');

/** The same value of ASN.1 with an indefinite length for every constructed value down to a depth (X.690 section 8.1.3.6). */
export function indefinite(value: Buffer, depth: number): Buffer {
  const [tag = 0, first = 0] = value;
  const start = first < 0x80 ? 2 : 2 + (first & 0x7f);
  if (depth === 0 || (tag & 0x20) === 0) return value;
  const parts: Buffer[] = [];
  for (let rest = value.subarray(start); rest.length > 0; ) {
    const length = lengthOf(rest);
    parts.push(indefinite(rest.subarray(0, length), depth - 1));
    rest = rest.subarray(length);
  }
  return Buffer.concat([Buffer.from([tag, 0x80]), ...parts, Buffer.alloc(2)]);
}

function lengthOf(value: Buffer): number {
  const first = value[1] ?? 0;
  return first < 0x80 ? 2 + first : 2 + (first & 0x7f) + value.readUIntBE(2, first & 0x7f);
}
