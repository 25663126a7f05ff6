// The TLS settings of the web configuration in the words of node:tls.
import { DEFAULT_CIPHERS, type SecureContextOptions } from 'node:tls';
import type { TlsSettings } from './web-config.ts';

/** Everything that belongs to a secure context. */
export function tlsOptions(settings: TlsSettings): SecureContextOptions {
  const { cert, key, clientCa, minVersion, maxVersion, ciphers, curves } = settings;
  return {
    cert,
    key,
    // Without a list Node would trust the world's public authorities.
    ca: certificatesIn(clientCa ?? ''),
    // As in Go, whatever is listed is trusted, also when it is not self-signed.
    allowPartialTrustChain: true,
    minVersion,
    maxVersion,
    ciphers: cipherList(ciphers, minVersion === 'TLSv1' || minVersion === 'TLSv1.1'),
    ...(curves === undefined ? {} : { ecdhCurve: curves.join(':') }),
  } as SecureContextOptions;
}

function certificatesIn(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
}

// Not configurable in Go either, and Node takes "no suite of TLS 1.2" for "the defaults".
const tls13 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];

function cipherList(ciphers: readonly string[] | undefined, old: boolean): string {
  const names = ciphers === undefined ? [DEFAULT_CIPHERS] : [...tls13, ...ciphers];
  // OpenSSL 3 signs no handshake of TLS 1.0 and 1.1 at a higher level.
  return [...names, ...(old ? ['@SECLEVEL=0'] : [])].join(':');
}
