// A certificate with its private key, accepted or refused as Go's tls.X509KeyPair does.
import { createPrivateKey, type KeyObject, sign, verify, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { type PemBlock, pemBlocks } from './pem.ts';

/** Both as PEM again, in the form that OpenSSL likes best. */
export interface KeyPair {
  cert: string;
  key: string;
}

/** What is wrong, and with which of the two. */
export interface KeyPairFault {
  at: 'cert' | 'key';
  message: string;
}

const keyKinds = 'neither RSA, nor EC (P-224 to P-521), nor Ed25519; make a new one';

const goCurves = ['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1'];

/** The key pair, or why it is none. */
export function readKeyPair(certText: string, keyText: string): KeyPair | KeyPairFault[] {
  const leaf = leafOf(certText);
  const key = keyOf(keyText);
  const faults = [leaf, key].filter((part): part is KeyPairFault => 'message' in part);
  if ('message' in leaf || 'message' in key) return faults;
  if (!signsFor(leaf, key)) {
    return [
      { at: 'key', message: 'is not the key of the certificate, or damaged; name the two that were made together' },
    ];
  }
  const pair = {
    // OpenSSL refuses a chain with one damaged certificate, where Go sends it as it is.
    cert: [leaf, ...certificates(pemBlocks(certText)).slice(1)].map(String).join(''),
    key: String(key.export({ type: 'pkcs8', format: 'pem' })),
  };
  try {
    createSecureContext(pair);
    return pair;
  } catch {
    const message = 'OpenSSL refuses this certificate: its key is too short, or its signature too weak; make a new one';
    return [{ at: 'cert', message }];
  }
}

/** Tried out, because OpenSSL compares the public parts alone, and a damaged key would fail at the first handshake. */
function signsFor({ publicKey }: X509Certificate, key: KeyObject): boolean {
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  const probe = Buffer.from('probe');
  try {
    return verify(digest, probe, publicKey, sign(digest, probe, key));
  } catch {
    return false;
  }
}

/** The certificates of a text, as Go collects authorities: what is no certificate is passed over. */
export function readAuthorities(text: string): string[] {
  return certificates(pemBlocks(text).filter(({ headers }) => !headers)).map(String);
}

function certificates(blocks: readonly PemBlock[]): X509Certificate[] {
  return blocks.flatMap(({ type, der }) => (type === 'CERTIFICATE' ? (parseCertificate(der) ?? []) : []));
}

function leafOf(text: string): X509Certificate | KeyPairFault {
  const fault = (message: string): KeyPairFault => ({ at: 'cert', message });
  const blocks = pemBlocks(text);
  const first = blocks.find(({ type }) => type === 'CERTIFICATE');
  if (first === undefined) {
    return blocks.some(({ type }) => type.endsWith('PRIVATE KEY'))
      ? fault('holds a private key and no certificate; are certificate and key exchanged?')
      : fault('holds no PEM certificate (-----BEGIN CERTIFICATE-----)');
  }
  return parseCertificate(first.der) ?? fault(`its first certificate is damaged, or its key is ${keyKinds}`);
}

function keyOf(text: string): KeyObject | KeyPairFault {
  const fault = (message: string): KeyPairFault => ({ at: 'key', message });
  const blocks = pemBlocks(text);
  const block = blocks.find(({ type }) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY'));
  if (block === undefined) {
    return blocks.some(({ type }) => type === 'CERTIFICATE')
      ? fault('holds a certificate and no private key; are certificate and key exchanged?')
      : fault('holds no PEM private key (-----BEGIN PRIVATE KEY-----)');
  }
  const key = parseKey(block.der);
  if (key !== undefined) return key;
  return block.headers || block.type.startsWith('ENCRYPTED')
    ? fault('is protected by a passphrase, which cannot be given here; store the key without one')
    : fault(`is damaged, or ${keyKinds}`);
}

/** Of DER alone: nothing may follow. */
function parseCertificate(der: Buffer): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der);
    return certificate.raw.equals(der) && supported(certificate.publicKey) ? certificate : undefined;
  } catch {
    return undefined;
  }
}

function parseKey(der: Buffer): KeyObject | undefined {
  for (const type of ['pkcs1', 'pkcs8', 'sec1'] as const) {
    try {
      const key = createPrivateKey({ key: der, format: 'der', type });
      if (supported(key)) return key;
    } catch {
      // Not in this form; the next one is tried.
    }
  }
  return undefined;
}

function supported({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'ec') return goCurves.includes(asymmetricKeyDetails?.namedCurve ?? '');
  return asymmetricKeyType === 'rsa' || asymmetricKeyType === 'ed25519';
}
