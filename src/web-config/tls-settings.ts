// TLS of a web configuration: whether it is on, and whether certificate, key and authorities can be used.
import { dirname, isAbsolute, resolve } from 'node:path';
import type { FileContent } from '../files/bounded-file.ts';
import { readAuthorities, readKeyPair } from './key-pair.ts';
import { clientAuths } from './names.ts';
import type { RawTls, TlsText } from './raw-web-config.ts';
import type { TlsSettings } from './web-config.ts';
import type { Decoder, Located } from './yaml-decoder.ts';

const tlsPath = ['tls_server_config'] as const;

/** A text, from the file that is named or from the web configuration itself, and where it stands there. */
type Source = Located<string>;

/** The settings; undefined when TLS is off, or when something is wrong, which is reported then. */
export async function judgeTls(
  raw: RawTls,
  file: string,
  read: (path: string) => Promise<FileContent>,
  decoder: Decoder,
): Promise<TlsSettings | undefined> {
  // Versions, suites, curves and SANs alone do not switch it on.
  const anchor = [...raw.texts.values()][0];
  if (anchor === undefined) return undefined;

  /** The file counts where both are set. */
  async function source(name: 'cert' | 'key' | 'client_ca'): Promise<Source | undefined> {
    const fromFile = raw.texts.get(`${name}_file` satisfies TlsText);
    if (fromFile === undefined) return raw.texts.get(name);
    const path = isAbsolute(fromFile.value) ? fromFile.value : resolve(dirname(file), fromFile.value);
    const content = await read(path);
    if ('bytes' in content) return { ...fromFile, value: content.bytes.toString('latin1') };
    decoder.report(
      fromFile.offset,
      fromFile.path,
      `the file that is named here${shown(fromFile.value, path)} cannot be read: ${content.fault}; a relative path starts at the folder of the web configuration`,
    );
    return undefined;
  }

  for (const name of ['cert', 'key'] as const) {
    if (raw.texts.has(name) || raw.texts.has(`${name}_file`)) continue;
    decoder.report(anchor.offset, tlsPath, `TLS needs ${name} or ${name}_file, because ${anchor.path.at(-1)} is set`);
  }
  const [cert, key, authorities] = await Promise.all([source('cert'), source('key'), source('client_ca')]);

  const named = raw.texts.get('client_auth_type');
  const clientAuth = named === undefined ? 'NoClientCert' : clientAuths.get(named.value);
  if (named !== undefined && clientAuth === undefined) {
    decoder.report(
      named.offset,
      named.path,
      `is none of the names that are known here: ${[...clientAuths.keys()].join(', ')}`,
    );
  }
  if (authorities !== undefined && clientAuth === 'NoClientCert') {
    decoder.report(
      authorities.offset,
      authorities.path,
      'authorities for client certificates, but none are asked for; set client_auth_type to RequireAndVerifyClientCert',
    );
  }

  if (cert === undefined || key === undefined) return undefined;
  const pair = readKeyPair(cert.value, key.value);
  if (Array.isArray(pair)) {
    for (const { at, message } of pair) {
      const { offset, path } = at === 'cert' ? cert : key;
      decoder.report(offset, path, message);
    }
    return undefined;
  }
  if (clientAuth === undefined) return undefined;
  const { minVersion, maxVersion, ciphers, curves, allowedSans } = raw;
  const clientCa = authorities === undefined ? undefined : readAuthorities(authorities.value);
  return { ...pair, clientCa, clientAuth, allowedSans, minVersion, maxVersion, ciphers, curves };
}

/** ` (PATH)` where the name of a file is given; nothing for anything else, which may be a secret in the wrong place. */
function shown(name: string, path: string): string {
  const isName = /^\/?(?:[\w .-]{1,40}\/)*[\w .-]{1,40}$/.test(name) && /\/|\.(?:pem|crt|cer|key)$/.test(name);
  return isName ? ` (${path})` : '';
}
