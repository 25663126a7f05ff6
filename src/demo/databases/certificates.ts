// Makes X.509 certificates (RFC 5280 in DER), so that no private key lies in the repository and dates can be relative
// to now.
import { type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';

const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const digits = length.toString(16);
  const size = hex(digits.padStart(digits.length + (digits.length % 2), '0'));
  return Buffer.concat([Buffer.from(length < 128 ? [tag] : [tag, 0x80 | size.length]), size, body]);
};
const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const hex = (text: string) => Buffer.from(text, 'hex');
const oid = (text: string) => der(0x06, hex(text));
const bits = (body: Buffer) => der(0x03, Buffer.from([0]), body);
const truth = der(0x01, Buffer.from([0xff]));

const commonName = oid('550403');
const algorithms = {
  ec: { identifier: sequence(oid('2a8648ce3d040302')), digest: 'sha256' },
  rsa: { identifier: sequence(oid('2a864886f70d01010b'), der(0x05)), digest: 'sha256' },
  ed25519: { identifier: sequence(oid('2b6570')), digest: null },
};

/** What a certificate says, and who signs it. */
export interface CertificateRequest {
  name: string;
  publicKey: KeyObject;
  signedWith: KeyObject;
  /** Who signs; itself when left out. */
  issuer?: string;
  /** Whether it may sign others. */
  authority?: boolean;
  /** As in OpenSSL: `DNS:localhost`, `IP:127.0.0.1`, `email:a@example.com`, `URI:spiffe://a/b`. */
  sans?: readonly string[];
  notBefore?: Date;
  notAfter?: Date;
  /** The bytes of an INTEGER in DER; random when left out. */
  serial?: Buffer;
}

/** A certificate as PEM; good for servers, clients and, when asked for, for signing. */
export function createCertificate(request: CertificateRequest): string {
  const { name, publicKey, signedWith, issuer = name, authority = false, sans = [] } = request;
  const { notBefore = new Date(Date.now() - 3600_000), notAfter = new Date(Date.now() + 86_400_000) } = request;
  const { serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]) } = request;
  const { asymmetricKeyType } = signedWith;
  const { identifier, digest } = algorithms[asymmetricKeyType as keyof typeof algorithms];

  const extensions = [sequence(oid('551d13'), truth, der(0x04, authority ? sequence(truth) : sequence()))];
  if (sans.length > 0) extensions.push(sequence(oid('551d11'), der(0x04, sequence(...sans.map(generalName)))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    identifier,
    distinguishedName(issuer),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  return new X509Certificate(sequence(body, identifier, bits(sign(digest, body, signedWith)))).toString();
}

function distinguishedName(name: string): Buffer {
  return sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(name)))));
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`));
}

function generalName(san: string): Buffer {
  const [, kind, value = ''] = /^(\w+):(.*)$/.exec(san) ?? [];
  // IPv6 with all of its groups.
  if (kind === 'IP' && value.includes(':')) return der(0x87, hex(value.replace(/\w+:?/g, groupHex)));
  if (kind === 'IP') return der(0x87, Buffer.from(value.split('.').map(Number)));
  return der(kind === 'email' ? 0x81 : kind === 'DNS' ? 0x82 : 0x86, Buffer.from(value));
}

const groupHex = (group: string) => group.replace(':', '').padStart(4, '0');
