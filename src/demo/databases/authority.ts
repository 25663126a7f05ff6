// The certificate authorities of the demo: dates in days from now, serial numbers the same in each run.
import { generateKeyPairSync } from 'node:crypto';
import { createCertificate } from './certificates.ts';

/** What a server serves, as PEM. */
export interface ServedChain {
  /** Leaf first. */
  cert: string;
  key: string;
}

/** What a server certificate says. */
export interface ServerCertificate {
  /** Common name. */
  name: string;
  /** As in OpenSSL: `DNS:db.example.com`, `IP:127.0.0.1`. */
  sans: readonly string[];
  /** When it expires, in days from now; negative for an expired one. */
  days: number;
}

/** A CA. */
export interface Authority {
  /** Its certificate as PEM. */
  pem: string;
  issue: (certificate: ServerCertificate) => ServedChain;
  /** An intermediate CA, whose certificate is a part of the chains that it issues. */
  createIntermediate: (name: string, days: number) => Authority;
}

/** Makes CAs and certificates. */
export interface Pki {
  /** @param from when its validity begins, in days from now @param to when it ends */
  createRoot: (name: string, from: number, to: number) => Authority;
  selfSigned: (certificate: ServerCertificate) => ServedChain;
}

const dayMs = 86_400_000;
const leafValidityDays = 398;
const firstSerial = 0x1a03_290c_0000;

/** @param nowMs unix milliseconds */
export function createPki(nowMs: number): Pki {
  let serial = firstSerial;
  const inDays = (days: number) => new Date(nowMs + days * dayMs);
  const nextSerial = () => {
    const bytes = Buffer.alloc(6);
    bytes.writeUIntBE(++serial, 0, 6);
    return bytes;
  };

  const createAuthority = (name: string, from: number, to: number, parent?: Signer): Authority => {
    const keys = createKeys();
    const { signedWith, issuer } = parent ?? { signedWith: keys.privateKey, issuer: name };
    const pem = createCertificate({
      name,
      issuer,
      publicKey: keys.publicKey,
      signedWith,
      authority: true,
      notBefore: inDays(from),
      notAfter: inDays(to),
      serial: nextSerial(),
    });
    const signer = { issuer: name, signedWith: keys.privateKey, chain: parent === undefined ? '' : pem };
    return {
      pem,
      issue: (certificate) => issue(certificate, createKeys(), signer),
      createIntermediate: (child, days) => createAuthority(child, from, days, signer),
    };
  };

  const issue = ({ name, sans, days }: ServerCertificate, keys: Keys, signer: Signer): ServedChain => ({
    cert:
      createCertificate({
        name,
        issuer: signer.issuer,
        publicKey: keys.publicKey,
        signedWith: signer.signedWith,
        sans,
        notBefore: inDays(days - leafValidityDays),
        notAfter: inDays(days),
        serial: nextSerial(),
      }) + signer.chain,
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  });

  return {
    createRoot: (name, from, to) => createAuthority(name, from, to),
    selfSigned(certificate) {
      const keys = createKeys();
      return issue(certificate, keys, { issuer: certificate.name, signedWith: keys.privateKey, chain: '' });
    },
  };
}

const createKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
type Keys = ReturnType<typeof createKeys>;

/** Who signs, and what is served with the signed certificate. */
interface Signer {
  issuer: string;
  signedWith: Keys['privateKey'];
  chain: string;
}
