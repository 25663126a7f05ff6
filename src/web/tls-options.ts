// The TLS settings of the web configuration in the words of node:tls.
import type { SecureContextOptions } from 'node:tls';
import { cipherSuites } from '../web-config/names.ts';
import type { TlsSettings } from '../web-config/web-config.ts';

/** Everything that belongs to a secure context. */
export function tlsOptions(settings: TlsSettings): SecureContextOptions {
  const { cert, key, clientCa, minVersion, maxVersion, ciphers, curves } = settings;
  const old = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  return {
    cert,
    key,
    // A list, because Node takes an empty text for none and would trust the public CAs.
    ...(clientCa === undefined ? {} : { ca: [clientCa] }),
    // As in Go, an authority on the list is trusted also when another one has signed it.
    allowPartialTrustChain: true,
    minVersion,
    maxVersion,
    ciphers: cipherList(ciphers, old),
    ecdhCurve: (curves ?? goCurves).join(':'),
  };
}

// Node takes "no suite of TLS 1.2" for "the defaults" unless there are some of TLS 1.3, which nobody can choose.
const tls13 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];

// Go's defaults: OpenSSL's have suites without forward secrecy, too.
const goCurves = ['X25519', 'P-256', 'P-384', 'P-521'];
const goSuites = [...cipherSuites.values()].filter((name) => name !== '');

function cipherList(ciphers: readonly string[] = goSuites, old: boolean): string {
  // OpenSSL 3 signs no handshake of TLS 1.0 and 1.1 at a higher level.
  return [...tls13, ...ciphers, ...(old && ciphers.length > 0 ? ['@SECLEVEL=0'] : [])].join(':');
}
