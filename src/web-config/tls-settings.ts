// TLS of a web configuration: whether it is on, and whether certificate, key and client CA can be used.
import { dirname, isAbsolute, resolve } from 'node:path';
import type { FileContent } from '../files/bounded-file.ts';
import type { Report } from '../files/parse-part.ts';
import { keyPairFaults } from './key-pair.ts';
import { cipherSuites, clientAuths, curves, tlsVersions } from './names.ts';
import type { TlsSection } from './schema.ts';
import type { TlsSettings } from './web-config.ts';

/** Each of these switches TLS on; versions, suites, curves and SANs alone do not. */
const switches = [
  'cert',
  'cert_file',
  'key',
  'key_file',
  'client_ca',
  'client_ca_file',
  'client_auth_type',
] as const satisfies readonly (keyof TlsSection)[];

type Key = (typeof switches)[number];

/** A text, and the key that contains it or names its file. */
interface Source {
  key: Key;
  value: string;
}

/** The settings; undefined when TLS is off, or when there is a problem, which has been reported. */
export async function validateTls(
  section: TlsSection,
  file: string,
  read: (path: string) => Promise<FileContent>,
  reportAt: Report,
): Promise<TlsSettings | undefined> {
  const reason = switches.find((key) => isSet(section, key));
  if (reason === undefined) return undefined;
  const report = (key: Key, message: string) => reportAt(['tls_server_config', key], message);

  /** The file takes precedence where both are set. */
  async function source(name: 'cert' | 'key' | 'client_ca'): Promise<Source | undefined> {
    const key = `${name}_file` as const;
    const named = section[key] ?? '';
    if (named === '') return isSet(section, name) ? { key: name, value: section[name] ?? '' } : undefined;
    const path = isAbsolute(named) ? named : resolve(dirname(file), named);
    const content = await read(path);
    if ('bytes' in content) return { key, value: content.bytes.toString('latin1') };
    report(
      key,
      `cannot read this file${shown(named, path)}: ${content.fault}; a relative path starts at the folder of the web configuration`,
    );
    return undefined;
  }

  for (const name of ['cert', 'key'] as const) {
    if (isSet(section, name) || isSet(section, `${name}_file`)) continue;
    report(reason, `TLS needs ${name} or ${name}_file, because ${reason} is set`);
  }
  const [cert, key, clientCa] = await Promise.all([source('cert'), source('key'), source('client_ca')]);

  const clientAuth = clientAuths.get(section.client_auth_type ?? '') ?? 'NoClientCert';
  if (clientCa !== undefined && clientAuth === 'NoClientCert') {
    report(clientCa.key, 'has no effect without client_auth_type; set it to RequireAndVerifyClientCert');
  }
  if (cert === undefined || key === undefined) return undefined;
  const faults = keyPairFaults(cert.value, key.value);
  for (const { at, message } of faults) report(at === 'cert' ? cert.key : key.key, message);
  if (faults.length > 0) return undefined;
  return {
    cert: cert.value,
    key: key.value,
    clientCa: clientCa?.value,
    clientAuth,
    allowedSans: section.client_allowed_sans,
    minVersion: tlsVersions.get(section.min_version ?? '') ?? 'TLSv1.2',
    maxVersion: tlsVersions.get(section.max_version ?? '') ?? 'TLSv1.3',
    ciphers: translated(section.cipher_suites, cipherSuites),
    curves: translated(section.curve_preferences, curves),
  };
}

const isSet = (section: TlsSection, key: Key) => (section[key] ?? '') !== '';

/** Names of OpenSSL; an empty list is the same as none. */
function translated(names: readonly string[] = [], known: ReadonlyMap<string, string>): string[] | undefined {
  return names.length === 0 ? undefined : names.map((name) => known.get(name) ?? '').filter((name) => name !== '');
}

/** ` (PATH)` if the value looks like the name of a file; otherwise nothing, as it may be a secret in the wrong place. */
function shown(name: string, path: string): string {
  const isName = /^\/?(?:[\w .-]{1,40}\/)*[\w .-]{1,40}$/.test(name) && /\/|\.(?:pem|crt|cer|key)$/.test(name);
  return isName ? ` (${path})` : '';
}
