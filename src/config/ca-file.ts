// The certificates that are trusted for an API or a database instead of those of the system: `ca_file`, followed as it
// changes.
import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { readBoundedFile } from '../files/bounded-file.ts';
import type { Clock } from '../model/clock.ts';
import { within } from '../model/deadline.ts';
import { Failure } from '../model/failure.ts';
import { hasLostCertificate } from '../model/lost-certificate.ts';
import { createRecentlyUsed } from '../model/recently-used.ts';
import { looksLikePath } from './shown-value.ts';

/** Several times the bundle of a system. */
const maxBytes = 1024 * 1024;
/** How long the content is used before the file is read again: requests come in bursts. */
const keepMs = 1000;
/** A read that takes longer hangs, e.g. on a network file system. */
const timeoutMs = 5000;
const maxFiles = 1000;

const certificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** A bundle that was read. */
interface Bundle {
  text: string;
  /** Its certificates alone. */
  pem: string;
}

/** A file of certificates. */
interface CaFile {
  path: string;
  /** For messages: the path if the setting looks like one, because it may be a secret in the wrong place. */
  name: string;
}

/** The file that `ca_file` names, which is relative to the folder of the configuration. */
export function caFileIn(folder: string, file: string): CaFile {
  const path = resolve(folder, file);
  return { path, name: looksLikePath(file) ? path : '(path not shown: it may be a secret)' };
}

/**
 * Reads and validates a PEM bundle.
 * @param last is returned again if the file is unchanged @throws {Failure} network, with the name
 */
export async function readCaFile({ path, name }: CaFile, last?: Bundle): Promise<Bundle> {
  const fail = (what: string) => new Failure('network', `the CA file ${name} ${what}`);
  const content = await readBoundedFile(path, maxBytes);
  if ('fault' in content) throw fail(`cannot be read: ${content.fault}`);
  const text = content.bytes.toString('latin1');
  if (text === last?.text) return last;
  const blocks = text.match(certificate) ?? [];
  if (blocks.length === 0) throw fail('contains no PEM certificate (-----BEGIN CERTIFICATE-----)');
  for (const [index, block] of blocks.entries()) {
    if (!isCertificate(block)) {
      throw fail(`has a damaged certificate, number ${index + 1} of ${blocks.length}; copy it again`);
    }
  }
  if (hasLostCertificate(text.replace(certificate, '\n'))) {
    throw fail('has more than complete PEM certificates and comments, e.g. a damaged BEGIN or END line; copy it again');
  }
  return { text, pem: blocks.join('\n') };
}

/** Whether a block is one certificate, with nothing after it in the same block. */
function isCertificate(block: string): boolean {
  try {
    const { raw } = new X509Certificate(block);
    return Buffer.from(block.replace(/-----[^-]+-----/g, ''), 'base64').length === raw.length;
  } catch {
    return false;
  }
}

/** The PEM certificates in a file. @throws {Failure} network */
export type CaFiles = (file: CaFile) => Promise<string>;

interface Entry {
  /** Rejects while the file system hangs: no second read is started meanwhile. */
  bundle: Promise<Bundle> | undefined;
  /** The last one that could be read. */
  last: Bundle | undefined;
  /** Monotonic milliseconds; infinite while the file is being read. */
  renewAt: number;
}

/** Follows the files: a changed one applies within a second. */
export function createCaFiles({ monotonic, later }: Clock): CaFiles {
  const files = createRecentlyUsed<Entry>(maxFiles);

  function open(file: CaFile): Promise<Bundle> {
    const entry = files(file.path, () => ({ bundle: undefined, last: undefined, renewAt: 0 }));
    if (entry.bundle !== undefined && monotonic() < entry.renewAt) return entry.bundle;
    const message = `the CA file ${file.name} could not be read within ${timeoutMs / 1000} s; check its file system`;
    const bundle = readCaFile(file, entry.last);
    entry.bundle = within(bundle, timeoutMs, later, () => new Failure('network', message));
    entry.renewAt = Number.POSITIVE_INFINITY;
    bundle
      .then((read) => void (entry.last = read))
      .catch(() => undefined)
      .finally(() => void (entry.renewAt = monotonic() + keepMs));
    return entry.bundle;
  }

  return async (file) => (await open(file)).pem;
}
