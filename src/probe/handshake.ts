// One TLS handshake that fails on nothing but the wire: whatever the certificate, it is read.
import { constants, type X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  type DetailedPeerCertificate,
  type SecureContext,
  type TLSSocket,
  type TLSSocketOptions,
} from 'node:tls';
import type { Distrust } from '../model/distrust.ts';
import type { Failure } from '../model/failure.ts';
import { createRecentlyUsed } from '../model/recently-used.ts';
import { readServedChain } from './served-chain.ts';
import { distrustOf } from './trust.ts';
import { checkPeer, type Wire } from './wire.ts';

/** What a handshake shows. */
export interface Handshake {
  /** As the server sent them, leaf first. */
  served: readonly X509Certificate[];
  /** Known of a handshake that was completed. */
  completed?: {
    socket: TLSSocket;
    /** For example `TLSv1.3`. */
    version: string;
    /** IANA name, for example `TLS_AES_256_GCM_SHA384`. */
    cipher: string;
    /** Why the chain is not trusted, dates included and the name apart; undefined: it is. */
    distrust: Distrust | undefined;
  };
}

/** What a client knows beforehand. */
export interface Expected {
  /** PEM certificates that are trusted instead of those of the system. */
  ca: string | undefined;
  /** Sent as SNI unless it is an IP address (RFC 6066 section 3). */
  serverName: string;
}

/**
 * Takes over the socket, which the caller destroys.
 *
 * The certificates are read at the event OCSPResponse, which comes when they have been verified, with or without a
 * response: up to TLS 1.2, a server that requires a client certificate closes the connection after that.
 * @throws {Failure} network, rejected, bad_response
 */
export function shakeHands(socket: Socket, expected: Expected, wire: Wire): Promise<Handshake> {
  wire.attempt.waitingFor = 'the TLS handshake';
  return new Promise((resolve, reject) => {
    let served: readonly X509Certificate[] = [];
    const secured = connect(optionsFor(socket, expected));
    // Node reads both for its own rules, which optionsFor switches off: a quarter of the CPU of a probe.
    secured.getEphemeralKeyInfo = () => ({});
    secured.getPeerCertificate = () => ({}) as DetailedPeerCertificate;
    secured.once('OCSPResponse', () => (served = readServedChain(secured)));
    // Without an error, when the time is over.
    const onClose = () => reject(toFailure('end of stream', false, wire));
    secured.once('close', onClose);
    secured.once('secureConnect', () => {
      secured.off('close', onClose);
      resolve({
        served,
        completed: {
          socket: secured,
          version: secured.getProtocol() ?? '',
          cipher: secured.getCipher().standardName,
          distrust: distrustOf(secured),
        },
      });
    });
    secured.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      const isAlert = code.includes('_ALERT_');
      if (isAlert && served.length > 0) resolve({ served });
      else reject(toFailure(code, isAlert, wire));
    });
  });
}

function optionsFor(
  socket: Socket,
  { ca, serverName }: Expected,
): ConnectionOptions & Pick<TLSSocketOptions, 'requestOCSP'> {
  return {
    socket,
    secureContext: contexts(ca ?? '', () => createContext(ca)),
    servername: isIP(serverName) === 0 ? serverName.replace(/\.$/, '') : '',
    rejectUnauthorized: false,
    // Apart from trust: see nameSource.
    checkServerIdentity: () => undefined,
    // No limit of Node's own.
    minDHSize: 1,
    requestOCSP: true,
  };
}

function toFailure(code: string, isAlert: boolean, wire: Wire): Failure {
  if (isAlert) return wire.fail('rejected', `refused the TLS handshake (${code}); ${checkPeer}`);
  if (code.startsWith('ERR_')) return wire.fail('bad_response', `failed the TLS handshake (${code}); ${checkPeer}`);
  return wire.fail('network', `closed the connection during the TLS handshake (${code}); ${checkPeer}`);
}

/** By trusted certificates: those of the system alone take milliseconds. */
const contexts = createRecentlyUsed<SecureContext>(64);

/** Old servers are findings, not failures: TLS 1.0 and weak algorithms, which need OpenSSL's security level 0. */
function createContext(ca: string | undefined): SecureContext {
  return createSecureContext({
    ca,
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT:@SECLEVEL=0',
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
    // Those of OpenSSL 3.0, the one first whose keys cost the least CPU: a probe makes one.
    ecdhCurve: 'P-256:X25519:X448:P-521:P-384',
  });
}
