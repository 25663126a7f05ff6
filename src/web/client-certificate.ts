// Accepts or refuses a client after the handshake: the client authentication modes of Go's crypto/tls.
import type { X509Certificate } from 'node:crypto';
import type { TlsSettings } from '../web-config/web-config.ts';

/** The client as known after the handshake. */
export interface Peer {
  /** Its own certificate, without the chain. */
  certificate: X509Certificate | undefined;
  /** Whether the chain was verified up to one of the authorities. */
  authorized: boolean;
}

/**
 * As processCertsFromClient in Go's crypto/tls, and VerifyPeerCertificate of exporter-toolkit, which requires a
 * certificate in every mode if names are listed.
 * @returns the reason why the client is refused; undefined: it is accepted
 */
export function refusalOf(
  { certificate, authorized }: Peer,
  { clientAuth, allowedSans }: Pick<TlsSettings, 'clientAuth' | 'allowedSans'>,
): string | undefined {
  if (clientAuth === 'NoClientCert') return undefined;
  const required = clientAuth === 'RequireAnyClientCert' || clientAuth === 'RequireAndVerifyClientCert';
  if (certificate === undefined) {
    return required || allowedSans !== undefined ? 'no client certificate' : undefined;
  }
  const verified = clientAuth === 'VerifyClientCertIfGiven' || clientAuth === 'RequireAndVerifyClientCert';
  if (verified && !authorized) return 'certificate not signed by a CA in client_ca';
  const named = allowedSans === undefined || namesOf(certificate.subjectAltName).some((n) => allowedSans.includes(n));
  return named ? undefined : 'certificate contains no name in client_allowed_sans';
}

/**
 * DNS names, e-mail addresses, IP addresses and URIs of Node's subjectAltName text, where a name with a comma or a
 * quote is a JSON string.
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
