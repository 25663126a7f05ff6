// Checks that a certificate and a private key can serve TLS together.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** A problem, and which of the two texts it is in. */
export interface KeyPairFault {
  at: 'cert' | 'key';
  message: string;
}

const certBegin = '-----BEGIN CERTIFICATE-----';
const keyBegin = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;

/** @param certText PEM: the certificate of the server, then its chain @param keyText PEM */
export function keyPairFaults(certText: string, keyText: string): KeyPairFault[] {
  const cert = readCertificate(certText);
  const key = readKey(keyText);
  const faults: KeyPairFault[] = [];
  if (typeof cert === 'string') faults.push({ at: 'cert', message: cert });
  if (typeof key === 'string') faults.push({ at: 'key', message: key });
  if (typeof cert === 'string' || typeof key === 'string') return faults;
  if (!cert.checkPrivateKey(key)) {
    return [{ at: 'key', message: 'does not belong to the certificate; name the two that were created together' }];
  }
  try {
    createSecureContext({ cert: certText, key: keyText });
    return [];
  } catch {
    const message =
      'OpenSSL rejects it: the key is too short, the signature too weak, or the chain is damaged; create a new one';
    return [{ at: 'cert', message }];
  }
}

/** The first certificate, or the problem. */
function readCertificate(text: string): X509Certificate | string {
  if (!text.includes(certBegin)) {
    return keyBegin.test(text)
      ? 'contains a private key and no certificate; are certificate and key exchanged?'
      : `contains no PEM certificate (${certBegin})`;
  }
  try {
    return new X509Certificate(text);
  } catch {
    return 'its first certificate is damaged; create a new one';
  }
}

function readKey(text: string): KeyObject | string {
  if (!keyBegin.test(text)) {
    return text.includes(certBegin)
      ? 'contains a certificate and no private key; are certificate and key exchanged?'
      : 'contains no PEM private key (-----BEGIN PRIVATE KEY-----)';
  }
  try {
    return createPrivateKey(text);
  } catch {
    return /BEGIN ENCRYPTED|,ENCRYPTED/.test(text)
      ? 'is protected by a passphrase, which is not supported; store the key without one'
      : 'is damaged; create a new one';
  }
}
