// What stands in a web configuration file, key by key, before it is asked whether it makes sense.
import type { Path } from '../files/yaml-document.ts';
import { cipherSuites, curves, tlsVersions } from './names.ts';
import type { TlsVersion } from './web-config.ts';
import type { Decoder, Located, Take } from './yaml-decoder.ts';
import type { YamlNode } from './yaml-nodes.ts';
import type { YamlTree } from './yaml-tree.ts';

const tlsTexts = ['cert', 'key', 'client_ca', 'cert_file', 'key_file', 'client_ca_file', 'client_auth_type'] as const;

export type TlsText = (typeof tlsTexts)[number];

export interface RawTls {
  /** Only what is not empty. */
  texts: Map<TlsText, Located<string>>;
  minVersion: TlsVersion;
  maxVersion: TlsVersion;
  /** Names of OpenSSL; undefined when none are listed. */
  ciphers: string[] | undefined;
  curves: string[] | undefined;
  allowedSans: string[] | undefined;
}

export interface RawWebConfig {
  tls: RawTls;
  headers: Map<string, Located<string>>;
  users: Map<string, Located<string>>;
  /** Nanoseconds. */
  interval: number;
  burst: number;
}

const noTls = (): RawTls => ({
  texts: new Map(),
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: undefined,
  curves: undefined,
  allowedSans: undefined,
});

/** Everything that the tree sets; what it does not set, or sets to nothing, has its default. */
export function decodeWebConfig({ root }: YamlTree, decoder: Decoder): RawWebConfig {
  const raw: RawWebConfig = { tls: noTls(), headers: new Map(), users: new Map(), interval: 0, burst: 0 };
  if (root === undefined) return raw;
  decoder.struct(root, [], {
    clear: () => undefined,
    keys: {
      tls_server_config: tlsKeys(raw, decoder),
      http_server_config: (node, path) =>
        decoder.struct(node, path, {
          clear: () => raw.headers.clear(),
          keys: {
            http2: (value, at) => decoder.bool(value, at),
            headers: (value, at) => decoder.entries(value, at, raw.headers),
          },
        }),
      rate_limit: (node, path) =>
        decoder.struct(node, path, {
          clear: () => Object.assign(raw, { interval: 0, burst: 0 }),
          keys: {
            burst: (value, at) => {
              raw.burst = decoder.int(value, at) ?? 0;
            },
            interval: (value, at) => {
              raw.interval = decoder.duration(value, at) ?? 0;
            },
          },
        }),
      basic_auth_users: (node, path) => decoder.entries(node, path, raw.users),
    },
  });
  return raw;
}

function tlsKeys(raw: RawWebConfig, decoder: Decoder): Take {
  const texts = Object.fromEntries(
    tlsTexts.map((key): [string, Take] => [
      key,
      (node, path) => {
        const value = decoder.text(node, path) ?? '';
        if (value === '') raw.tls.texts.delete(key);
        else raw.tls.texts.set(key, { value, offset: node.offset, path });
      },
    ]),
  );
  return (node, path) =>
    decoder.struct(node, path, {
      clear: () => {
        raw.tls = noTls();
      },
      keys: {
        ...texts,
        cipher_suites: (value, at) => {
          raw.tls.ciphers = names(decoder, value, at, cipherSuites);
        },
        curve_preferences: (value, at) => {
          raw.tls.curves = names(decoder, value, at, curves);
          if (raw.tls.curves?.length === 0)
            decoder.report(value.offset, at, `names no curve; known: ${[...curves.keys()].join(', ')}`);
        },
        min_version: (value, at) => {
          raw.tls.minVersion = decoder.name(value, at, tlsVersions) ?? 'TLSv1.2';
        },
        max_version: (value, at) => {
          raw.tls.maxVersion = decoder.name(value, at, tlsVersions) ?? 'TLSv1.3';
        },
        prefer_server_cipher_suites: (value, at) => decoder.bool(value, at),
        client_allowed_sans: (value, at) => {
          raw.tls.allowedSans =
            decoder.list(value, at, (item, itemPath) => {
              const san = decoder.text(item, itemPath);
              return san === null ? '' : san;
            }) ?? undefined;
        },
      },
    });
}

/** An empty list is as none; an entry that is nothing chooses nothing, but the list stands. */
function names(decoder: Decoder, node: YamlNode, path: Path, known: ReadonlyMap<string, string>): string[] | undefined {
  const found = decoder.list(node, path, (item, itemPath) => {
    const name = decoder.name(item, itemPath, known);
    return name === null ? '' : name;
  });
  if (found === undefined || found === null || found.length === 0) return undefined;
  return found.filter((name) => name !== '');
}
