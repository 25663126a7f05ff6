// Reads a CA bundle as it is downloaded: PEM, DER, PKCS#7, or a zip archive of them.
import type { CaBundle } from '../model/ca-bundle.ts';
import { Failure } from '../model/failure.ts';
import { splitText } from './ca-text.ts';
import { bundleOf, type Parts, splitDer } from './certificates.ts';
import { isZip, unzip, type ZipFile } from './zip-files.ts';

/** Java key stores have the same certificates. */
const ignored = /\.jks$/i;
/** Others, such as a text for people, may be without a certificate. */
const certificateFile = /\.(?:pem|cer|cert|crt|der|p7[bcs])$/i;

/** @throws {Failure} bad_response, also where there is no certificate */
export async function readCaBytes(bytes: Buffer): Promise<CaBundle> {
  const bundle = bundleOf(isZip(bytes) ? await splitZip(bytes) : splitFile(bytes));
  if (bundle.certificates.length > 0) return bundle;
  const help = 'it must be PEM, DER, PKCS#7, or a zip archive of them; open the URL that the API reports';
  throw new Failure('bad_response', `the download contains no CA certificate that can be read; ${help}`);
}

function splitFile(bytes: Buffer): Parts {
  // In DER, the length of a certificate has more than one byte. A text can begin with the digit 0.
  const isDer = bytes[0] === 0x30 && (bytes[1] ?? 0) >= 0x80;
  return isDer ? { blobs: splitDer(bytes), lost: false } : splitText(bytes.toString('latin1'));
}

async function splitZip(bytes: Buffer): Promise<Parts> {
  const files = await unzip(bytes, (name) => !ignored.test(name));
  const parts = files.map(splitZipped);
  return { blobs: parts.flatMap(({ blobs }) => blobs), lost: parts.some(({ lost }) => lost) };
}

function splitZipped({ name, bytes }: ZipFile): Parts {
  const parts = splitFile(bytes);
  const isEmpty = bundleOf(parts).certificates.length === 0;
  return isEmpty ? { blobs: [], lost: certificateFile.test(name) } : parts;
}
