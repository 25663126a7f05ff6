// Client certificates of every kind, and which of them each client authentication mode lets through.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { ClientAuth } from '../../src/web-config/web-config.ts';
import { createCertificate } from './certificates.ts';

/** A certificate and its key as PEM. */
export interface Pair {
  cert: string;
  key: string;
}

/** An authority, the server's pair (localhost, 127.0.0.1), and pairs of clients. */
export interface Certificates {
  ca: string;
  server: Pair;
  clients: Record<Client, Pair | undefined>;
  /** A pair of this authority. */
  issue: (request: { name: string; sans: readonly string[]; notBefore?: Date; notAfter?: Date }) => Pair;
}

export const clients = ['none', 'good', 'stranger', 'foreign', 'expired'] as const;
type Client = (typeof clients)[number];

/** The name that client_allowed_sans lists where it lists one: strangers do not have it, all others do. */
export const allowedSan = 'client.example';

const day = 86_400_000;

/** Made for one run of the tests. */
export function createCertificates(): Certificates {
  const authority = generateAuthority('Test CA');
  const foreign = generateAuthority('Foreign CA');
  const issue = issuer(authority);
  const client = { name: 'client', sans: [`DNS:${allowedSan}`] };
  return {
    ca: authority.cert,
    server: issue({ name: 'localhost', sans: ['DNS:localhost', 'IP:127.0.0.1'] }),
    clients: {
      none: undefined,
      good: issue(client),
      stranger: issue({ ...client, sans: ['DNS:stranger.example'] }),
      foreign: issuer(foreign)(client),
      expired: issue({ ...client, notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) }),
    },
    issue,
  };
}

interface Authority {
  name: string;
  cert: string;
  privateKey: KeyObject;
}

function generateAuthority(name: string): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { name, privateKey, cert: createCertificate({ name, publicKey, signedWith: privateKey, authority: true }) };
}

function issuer({ name: issuerName, privateKey: signedWith }: Authority): Certificates['issue'] {
  return (request) => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const cert = createCertificate({ ...request, publicKey, signedWith, issuer: issuerName });
    return { cert, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
  };
}

/** Who comes through, with and without a list of allowed names: as measured with exporter-toolkit v0.17.1. */
export const clientAuthTable: readonly { mode: ClientAuth; sans: boolean; accepted: readonly Client[] }[] = [
  { mode: 'NoClientCert', sans: false, accepted: clients },
  { mode: 'NoClientCert', sans: true, accepted: clients },
  { mode: 'RequestClientCert', sans: false, accepted: clients },
  { mode: 'RequestClientCert', sans: true, accepted: ['good', 'foreign', 'expired'] },
  { mode: 'RequireAnyClientCert', sans: false, accepted: ['good', 'stranger', 'foreign', 'expired'] },
  { mode: 'RequireAnyClientCert', sans: true, accepted: ['good', 'foreign', 'expired'] },
  { mode: 'VerifyClientCertIfGiven', sans: false, accepted: ['none', 'good', 'stranger'] },
  { mode: 'VerifyClientCertIfGiven', sans: true, accepted: ['good'] },
  { mode: 'RequireAndVerifyClientCert', sans: false, accepted: ['good', 'stranger'] },
  { mode: 'RequireAndVerifyClientCert', sans: true, accepted: ['good'] },
];
