// The settings read from a valid web configuration.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Reading } from '../../src/files/reloadable.ts';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { readWebConfig } from '../../src/web-config/read-web-config.ts';
import type { WebConfig } from '../../src/web-config/web-config.ts';
import { createFolder } from '../support/exporter-process.ts';
import { fillIn, hash, writeWebFiles } from './web-files.ts';

let read: (text: string) => Promise<Reading<WebConfig>>;
let contents: Record<string, string>;
let path: string;

beforeAll(async () => {
  const folder = await createFolder();
  path = folder.path;
  contents = await writeWebFiles(path);
  read = async (text) => {
    await writeFile(join(path, 'web.yml'), fillIn(text, contents));
    return readWebConfig(join(path, 'web.yml'));
  };
  return () => folder.remove();
});

async function configOf(text: string) {
  const { config, problems } = await read(text);
  expect(problems?.map(formatProblem)).toBeUndefined();
  return config;
}

const tls = (more = '') => `tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n${more}`;

describe('the defaults', () => {
  it('are plain HTTP for everybody', async () => {
    expect(await configOf('')).toEqual({ tls: undefined, headers: {}, users: new Map(), rateLimit: undefined });
  });

  it('of TLS are 1.2 and 1.3, and no client certificates', async () => {
    expect((await configOf(tls()))?.tls).toMatchObject({
      clientCa: undefined,
      clientAuth: 'NoClientCert',
      allowedSans: undefined,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      ciphers: undefined,
      curves: undefined,
    });
  });

  it('apply to empty values', async () => {
    const text = tls(
      '  min_version: ~\n  max_version: null\n  cipher_suites:\n  curve_preferences: []\n  client_auth_type: ~',
    );
    expect(await configOf(text)).toEqual(await configOf(tls()));
  });
});

describe('TLS', () => {
  it.each([
    ['files beside the web configuration', tls()],
    ['PEM in the web configuration', 'tls_server_config: { cert: {{server.crt}}, key: {{server.key}} }'],
    ['files before PEM', tls('  cert: {{rsa.crt}}\n  key: {{rsa.key}}')],
  ])('takes certificate and key from %s', async (_, text) => {
    const found = (await configOf(text))?.tls;
    expect(found?.cert).toBe(contents['server.crt']);
    expect(found?.key).toBe(contents['server.key']);
  });

  it('keeps the chain', async () => {
    const text = 'tls_server_config: { cert_file: chain.crt, key_file: sec1.key }';
    expect((await configOf(text))?.tls?.cert).toBe(contents['chain.crt']);
  });

  it('uses absolute paths unchanged', async () => {
    const text = `tls_server_config: { cert_file: ${path}/server.crt, key_file: ${path}/server.key }`;
    expect((await configOf(text))?.tls?.cert).toBe(contents['server.crt']);
  });

  it('reads certificate and key from one file', async () => {
    const found = (await configOf('tls_server_config: { cert_file: both.pem, key_file: both.pem }'))?.tls;
    expect([found?.cert, found?.key]).toEqual([contents['both.pem'], contents['both.pem']]);
  });

  it('prefers the file of the client CA to its PEM text', async () => {
    const text = tls('  client_auth_type: RequireClientCert\n  client_ca: "junk"\n  client_ca_file: chain.crt');
    const found = (await configOf(text))?.tls;
    expect(found?.clientAuth).toBe('RequireAnyClientCert');
    expect(found?.clientCa).toBe(contents['chain.crt']);
  });

  it.each(['junk', 'empty', 'server.key'])(
    'does not mistake %s, which has no client CA, for the default',
    async (name) => {
      const text = tls(`  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ${name}`);
      expect((await configOf(text))?.tls?.clientCa).toBe(contents[name]);
    },
  );

  it.each([
    ['[]', []],
    ['[a, 1.0, 7, yes]', ['a', '1.0', '7', 'yes']],
    ['~', undefined],
  ])('takes client_allowed_sans: %s', async (text, allowedSans) => {
    expect((await configOf(tls(`  client_allowed_sans: ${text}`)))?.tls?.allowedSans).toEqual(allowedSans);
  });

  it('translates the names of versions, suites and curves', async () => {
    const text = tls(
      '  min_version: TLS10\n  max_version: TLS11\n  curve_preferences: [X25519, CurveP521]\n' +
        '  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, TLS_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256]',
    );
    expect((await configOf(text))?.tls).toMatchObject({
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      curves: ['X25519', 'P-521'],
      ciphers: ['ECDHE-RSA-AES256-SHA', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
    });
  });

  it('leaves no suite to TLS 1.2 where only suites of TLS 1.3 are named', async () => {
    expect((await configOf(tls('  cipher_suites: [TLS_AES_128_GCM_SHA256]')))?.tls?.ciphers).toEqual([]);
  });
});

describe('the rate limit', () => {
  it.each([
    ['interval: 1s, burst: 5', { intervalMs: 1000, burst: 5 }],
    ['interval: 1h1m1.5s', { intervalMs: 3_661_500, burst: 0 }],
    ['interval: 1500000', { intervalMs: 1.5, burst: 0 }],
    ['interval: -1s, burst: -2', { intervalMs: -1000, burst: -2 }],
    ['interval: 1us, burst: 1', { intervalMs: 0.001, burst: 1 }],
    ['interval: 0, burst: 5', undefined],
    ['interval: "0"', undefined],
    ['interval: ~', undefined],
    ['burst: 5', undefined],
  ])('{ %s }', async (text, expected) => {
    expect((await configOf(`rate_limit: { ${text} }`))?.rateLimit).toEqual(expected);
  });
});

describe('users and headers', () => {
  it('have the names and values as they are written', async () => {
    const config = await configOf(
      `basic_auth_users: { 007: ${hash}, yes: ${hash}, length: ${hash}, "": ${hash} }\n` +
        'http_server_config: { headers: { X-XSS-Protection: 0x0, Strict-Transport-Security: , X-Frame-Options: deny } }',
    );
    expect(config?.users).toEqual(new Map(['007', 'yes', 'length', ''].map((user) => [user, hash])));
    expect(config?.headers).toEqual({
      'X-XSS-Protection': '0x0',
      'Strict-Transport-Security': '',
      'X-Frame-Options': 'deny',
    });
  });

  it('are merged by merge keys, where explicit keys and earlier sources take precedence', async () => {
    const config = await configOf(
      `basic_auth_users:\n  <<: { alice: ${hash} }\n  bob: ${hash}\n` +
        'rate_limit: { <<: [{ interval: 1s }, { interval: 2s, burst: 1 }], burst: 3 }',
    );
    expect([...(config?.users.keys() ?? [])].toSorted()).toEqual(['alice', 'bob']);
    expect(config?.rateLimit).toEqual({ intervalMs: 1000, burst: 3 });
  });

  it('a key without a value does not hide what is merged', async () => {
    const config = await configOf(`basic_auth_users:\n<<: { basic_auth_users: { alice: ${hash} } }`);
    expect([...(config?.users.keys() ?? [])]).toEqual(['alice']);
  });

  it('go over the wire as Go sends them: on one line, in UTF-8', async () => {
    const config = await configOf('http_server_config: { headers: { X-XSS-Protection: " a\\r\\nb é " } }');
    expect(config?.headers).toEqual({ 'X-XSS-Protection': 'a  b Ã©' });
  });
});
