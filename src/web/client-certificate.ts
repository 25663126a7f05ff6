// Whether a client may go on after the handshake: the client authentication modes of Go's crypto/tls.
import type { X509Certificate } from 'node:crypto';
import type { TlsSettings } from '../web-config/web-config.ts';

/** What a handshake has brought to light of the client. */
export interface Peer {
  /** Its own certificate, without the chain. */
  certificate: X509Certificate | undefined;
  /** Whether the chain was verified up to one of the authorities. */
  authorized: boolean;
}

/**
 * As processCertsFromClient in Go's crypto/tls, and VerifyPeerCertificate of the exporter-toolkit, which lets nobody
 * pass without a certificate where names are listed, whatever the mode.
 * @returns why the client is refused; undefined: it is not
 */
export function refusalOf(
  { certificate, authorized }: Peer,
  { clientAuth, allowedSans }: Pick<TlsSettings, 'clientAuth' | 'allowedSans'>,
): string | undefined {
  if (clientAuth === 'NoClientCert') return undefined;
  const required = clientAuth === 'RequireAnyClientCert' || clientAuth === 'RequireAndVerifyClientCert';
  if (certificate === undefined) {
    return required || allowedSans !== undefined ? 'it sent no certificate' : undefined;
  }
  const verified = clientAuth === 'VerifyClientCertIfGiven' || clientAuth === 'RequireAndVerifyClientCert';
  if (verified && !authorized) return 'no authority of client_ca stands for its certificate';
  const named = allowedSans === undefined || namesOf(certificate.subjectAltName).some((n) => allowedSans.includes(n));
  return named ? undefined : 'its certificate has no name of client_allowed_sans';
}

/**
 * DNS names, e-mail addresses, IP addresses and URIs of Node's subjectAltName text, where a name that holds a comma or
 * a quote is a JSON string.
 */
export function namesOf(subjectAltName: string | undefined): string[] {
  const names = (subjectAltName ?? '').matchAll(/(?:^|, )([\w ]+):("(?:[^"\\]|\\.)*"|[^,]*)/gy);
  return [...names].flatMap(([, kind = '', text = '']) => {
    const name = text.startsWith('"') ? (JSON.parse(text) as string) : text;
    if (kind === 'IP Address') return [canonicalIp(name)];
    return ['DNS', 'email', 'URI'].includes(kind) ? [name] : [];
  });
}

/** `2001:DB8:0:0:0:0:0:1` of OpenSSL as `2001:db8::1`, which is how Go and people write it. */
function canonicalIp(text: string): string {
  return text.includes(':') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}
