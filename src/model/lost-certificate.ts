// Recognizes the remains of certificates in the text around those that were read.

/** A mark with any number of dashes, of any kind of block, or one that is cut off. */
const mark = /--\s*(?:BEGIN|END)|-----BE?G?I?\s*$/;
/** A line of a PEM block, base64 of a certificate. */
const packed = /[A-Za-z\d+/]{64,}/g;

/**
 * Whether a text without the PEM certificates that were read has more than comments, such as the text that OpenSSL prints
 * in addition to certificates. Hexadecimal digests and lines of one character are comments.
 */
export function hasLostCertificate(rest: string): boolean {
  if (mark.test(rest)) return true;
  return (rest.match(packed) ?? []).some((run) => /[A-Z]/.test(run) && /[a-z]/.test(run) && /\d/.test(run));
}
