// The validated web configuration: how the exporter's own HTTP surface is protected.

/** Whether client certificates are requested, required and verified, by the names of Go's crypto/tls. */
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
  /** CA certificates for clients; undefined: the public ones of Node. Without a certificate in it, no client passes. */
  clientCa: string | undefined;
  clientAuth: ClientAuth;
  /** A client certificate must contain one of these names; empty: no client passes; undefined: no check. */
  allowedSans: readonly string[] | undefined;
  minVersion: TlsVersion;
  maxVersion: TlsVersion;
  /** OpenSSL's names, for TLS 1.2 and below; empty: TLS 1.3 only; undefined: Go's defaults. */
  ciphers: readonly string[] | undefined;
  /** OpenSSL's names; undefined: the defaults. */
  curves: readonly string[] | undefined;
}

/** Token bucket: one request per interval and a burst; as golang.org/x/time/rate. */
export interface RateLimit {
  /** Milliseconds, fractions allowed; negative: no limit. */
  intervalMs: number;
  /** 0 or less: every request is refused. */
  burst: number;
}

/** A valid web configuration. */
export interface WebConfig {
  /** undefined: plain HTTP. */
  tls: TlsSettings | undefined;
  /** Response headers by name. */
  headers: Readonly<Record<string, string>>;
  /** bcrypt hashes by user name; empty: no authentication. */
  users: ReadonlyMap<string, string>;
  /** undefined: off. */
  rateLimit: RateLimit | undefined;
}
