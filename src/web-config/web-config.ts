// The web configuration, as the rest of the program sees it: how the exporter's own HTTP surface is protected.

/** Which client certificates are asked for, by the names of Go's crypto/tls. */
export type ClientAuth =
  | 'NoClientCert'
  | 'RequestClientCert'
  | 'RequireAnyClientCert'
  | 'VerifyClientCertIfGiven'
  | 'RequireAndVerifyClientCert';

/** A TLS version, as OpenSSL and Node name it. */
export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** TLS of the server; texts are PEM, read from their files. */
export interface TlsSettings {
  cert: string;
  key: string;
  /** Authorities for client certificates, one PEM each; empty: none is good; undefined: those that Node brings. */
  clientCa: readonly string[] | undefined;
  clientAuth: ClientAuth;
  /** Names of which a client certificate must carry one; empty: none is good enough; undefined: none is needed. */
  allowedSans: readonly string[] | undefined;
  minVersion: TlsVersion;
  maxVersion: TlsVersion;
  /** OpenSSL's names, for TLS 1.2 and below; empty: only TLS 1.3 can be spoken; undefined: Go's defaults. */
  ciphers: readonly string[] | undefined;
  /** OpenSSL's names; undefined: the defaults. */
  curves: readonly string[] | undefined;
}

/** At most one request in each interval, after a burst that was saved up; as golang.org/x/time/rate. */
export interface RateLimit {
  /** Milliseconds, fractions allowed; negative: no limit. */
  intervalMs: number;
  /** 0 or less: every request is refused. */
  burst: number;
}

/** A web configuration that has been checked. */
export interface WebConfig {
  /** undefined: plain HTTP. */
  tls: TlsSettings | undefined;
  /** Response headers by name. */
  headers: Readonly<Record<string, string>>;
  /** bcrypt hashes by user name; empty: nobody is asked. */
  users: ReadonlyMap<string, string>;
  /** undefined: off. */
  rateLimit: RateLimit | undefined;
}
