// The certificates in PKCS#7 (RFC 5652 section 5.1: SignedData), which nothing in Node reads.

const sequence = 0x30;
/** [0], constructed: the content of ContentInfo, and the certificates of SignedData. */
const context0 = 0xa0;
/** 1.2.840.113549.1.7.2 (id-signedData), with tag and length. */
const signedData = Buffer.from('06092a864886f70d010702', 'hex');
/** Deepest nesting of values without a length that is read. Those of SignedData itself are 4. */
const maxDepth = 16;

/** One value of ASN.1 in BER (X.690 section 8.1). */
interface Value {
  tag: number;
  /** With tag and length. */
  whole: Buffer;
  content: Buffer;
}

/**
 * The DER of each certificate in a SignedData, in order.
 * @param max certificates that are read at most
 * @returns undefined for anything else than a SignedData
 */
export function readPkcs7(bytes: Buffer, max: number): Buffer[] | undefined {
  const info = readValue(bytes);
  if (info?.tag !== sequence || !info.content.subarray(0, signedData.length).equals(signedData)) return undefined;
  const explicit = readValue(info.content.subarray(signedData.length));
  const signed = explicit?.tag === context0 ? readValue(explicit.content) : undefined;
  if (signed?.tag !== sequence) return undefined;
  // Before the certificates: version, digestAlgorithms, encapContentInfo.
  const [, , , certificates] = valuesIn(signed.content, 4);
  if (certificates === undefined) return undefined;
  if (certificates.tag !== context0) return [];
  return valuesIn(certificates.content, max).map(({ whole }) => whole);
}

/** The values one after the other, up to the first that is invalid. */
function valuesIn(bytes: Buffer, max: number): Value[] {
  const values: Value[] = [];
  for (let rest = bytes; values.length < max; ) {
    const value = readValue(rest);
    if (value === undefined) break;
    values.push(value);
    rest = rest.subarray(value.whole.length);
  }
  return values;
}

/** The first value; undefined where there is none, where it is cut off, and for a tag of several bytes. */
function readValue(bytes: Buffer, depth = 0): Value | undefined {
  const [tag = 0, first = 0] = bytes;
  if (bytes.length < 2 || (tag & 0x1f) === 0x1f || depth > maxDepth) return undefined;
  if (first === 0x80) return readUntilEnd(bytes, tag, depth);
  const digits = first < 0x80 ? 0 : first & 0x7f;
  if (digits > 4 || bytes.length < 2 + digits) return undefined;
  const start = 2 + digits;
  const end = start + (digits === 0 ? first : bytes.readUIntBE(2, digits));
  return end > bytes.length ? undefined : { tag, whole: bytes.subarray(0, end), content: bytes.subarray(start, end) };
}

/** A value without a length: it ends with two zero bytes (X.690 section 8.1.3.6). */
function readUntilEnd(bytes: Buffer, tag: number, depth: number): Value | undefined {
  for (let at = 2; at + 2 <= bytes.length; ) {
    if (bytes.readUInt16BE(at) === 0) {
      return { tag, whole: bytes.subarray(0, at + 2), content: bytes.subarray(2, at) };
    }
    const inner = readValue(bytes.subarray(at), depth + 1);
    if (inner === undefined) return undefined;
    at += inner.whole.length;
  }
  return undefined;
}
