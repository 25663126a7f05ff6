// Converts the TLS settings of the web configuration to options of node:tls.
import type { SecureContextOptions } from 'node:tls';
import { cipherSuites } from '../web-config/names.ts';
import type { TlsSettings } from '../web-config/web-config.ts';

/** Options of a secure context. */
export function tlsOptions(settings: TlsSettings): SecureContextOptions {
  const { cert, key, clientCa, minVersion, maxVersion, ciphers, curves } = settings;
  const old = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  return {
    cert,
    key,
    // A list, because Node takes an empty text for none and would trust the public CAs.
    ...(clientCa === undefined ? {} : { ca: [clientCa] }),
    // As in Go, a listed CA is trusted even if it is signed by another one.
    allowPartialTrustChain: true,
    minVersion,
    maxVersion,
    ciphers: cipherList(ciphers, old),
    ecdhCurve: (curves ?? goCurves).join(':'),
  };
}

// Without a TLS 1.2 suite Node uses its defaults, unless TLS 1.3 suites are listed; these are always enabled.
const tls13 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];

// Go's defaults: those of OpenSSL include suites without forward secrecy.
const goCurves = ['X25519', 'P-256', 'P-384', 'P-521'];
const goSuites = [...cipherSuites.values()].filter((name) => name !== '');

function cipherList(ciphers: readonly string[] = goSuites, old: boolean): string {
  // OpenSSL 3 supports TLS 1.0 and 1.1 at this security level only.
  return [...tls13, ...ciphers, ...(old && ciphers.length > 0 ? ['@SECLEVEL=0'] : [])].join(':');
}
