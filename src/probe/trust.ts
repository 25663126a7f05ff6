// Why a chain is not trusted, from the verdict of OpenSSL.
import type { TLSSocket } from 'node:tls';
import type { Distrust } from '../model/distrust.ts';

const byCode: Readonly<Record<string, Distrust>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self_signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown_root',
  UNABLE_TO_GET_ISSUER_CERT: 'issuer_missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'issuer_missing',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'issuer_missing',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not_yet_valid',
};

/**
 * Why the chain that a socket got is not trusted; undefined: it is. OpenSSL reports the last reason where there are
 * several. To be used where the handshake does not check the name: Node reports that as another reason.
 */
export function distrustOf({ authorized, authorizationError }: TLSSocket): Distrust | undefined {
  // Documented as an Error; it is the name of OpenSSL's X509_V_ERR_….
  const code: unknown = authorizationError;
  return authorized ? undefined : ((typeof code === 'string' ? byCode[code] : undefined) ?? 'invalid');
}
