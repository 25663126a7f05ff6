// Why a served certificate chain is not trusted.

/** Why a chain is not trusted, with what to do about it. */
export const distrusts = {
  self_signed: 'the certificate is self-signed: trust it, or install one of a CA',
  unknown_root: 'the chain ends in a CA that is not trusted: check the CA certificates',
  issuer_missing:
    'the issuer is neither served nor trusted: have the server send its intermediate certificates, or check the CA certificates',
  expired: 'a certificate of the chain has expired: renew it',
  not_yet_valid: 'a certificate of the chain is not valid yet: check the clocks, or wait',
  invalid: 'the chain cannot be verified: check it with openssl verify',
} as const;

/** One of the reasons. */
export type Distrust = keyof typeof distrusts;
