// The messages about an invalid web configuration: all at once, with their place, without values.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Reading } from '../../src/files/reloadable.ts';
import { formatProblem } from '../../src/files/yaml-document.ts';
import { readWebConfig } from '../../src/web-config/read-web-config.ts';
import type { WebConfig } from '../../src/web-config/web-config.ts';
import { createFolder } from '../support/exporter-process.ts';
import { fillIn, hash, writeWebFiles } from './web-files.ts';
import { shortText } from './web-texts.ts';

let read: (text: string) => Promise<Reading<WebConfig>>;

let path: string;

beforeAll(async () => {
  const folder = await createFolder();
  path = folder.path;
  const contents = await writeWebFiles(path);
  read = async (text) => {
    await writeFile(join(path, 'web.yml'), fillIn(text, contents));
    return readWebConfig(join(path, 'web.yml'));
  };
  return () => folder.remove();
});

const tls = (more = '') => `tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n${more}`;

describe('problems', () => {
  const problemsOf = async (text: string) =>
    (await read(text)).problems?.map((problem) => formatProblem(problem).replace(`${path}/`, ''));

  it('are all reported, in the order of the file', async () => {
    const text = [
      'tls_server_config:',
      '  cert_file: server.crt',
      '  key_file: server.key',
      '  client_auth_type: x',
      '  min_version: TLS14',
      '  cipher_suites: [TLS_AES_128_GCM_SHA256, x]',
      'http_server_config:',
      '  headers:',
      '    X-Frame-Options: allow',
      '    Server: me',
      'rate_limit: { interval: 1d, burst: x, rate: 1 }',
      'basic_auth_users:',
      '  alice: password',
      `  bob: ${hash}`,
      'unknown: 1',
    ].join('\n');
    expect(await problemsOf(text)).toEqual([
      expect.stringMatching(
        /^web.yml:4:21: tls_server_config.client_auth_type: must be one of .*RequireAndVerifyClientCert/,
      ),
      expect.stringMatching(/^web.yml:5:16: tls_server_config.min_version: must be one of TLS13, TLS12/),
      expect.stringMatching(/^web.yml:6:43: tls_server_config.cipher_suites\[1\]: must be one of .*TLS_ECDHE_RSA/),
      expect.stringMatching(/^web.yml:9:22: http_server_config.headers.X-Frame-Options: must be deny or sameorigin/),
      expect.stringMatching(/^web.yml:10:5: http_server_config.headers.Server: .* cannot be set; supported: Content-/),
      expect.stringMatching(/^web.yml:11:25: rate_limit.interval: must be a duration such as 500ms/),
      expect.stringMatching(/^web.yml:11:36: rate_limit.burst: must be a whole number/),
      expect.stringMatching(/^web.yml:11:39: rate_limit.rate: unknown key; known here: burst, interval/),
      expect.stringMatching(
        /^web.yml:13:10: basic_auth_users: the password of this user is not a bcrypt hash: .*htpasswd/,
      ),
      expect.stringMatching(/^web.yml:15:1: unknown: unknown key; known here: tls_server_config, /),
    ]);
  });

  it('include those of the files of a valid TLS section', async () => {
    const text = 'tls_server_config:\n  cert_file: missing\n  key_file: junk\nrate_limit: 1\n';
    expect(await problemsOf(text)).toEqual([
      expect.stringMatching(/^web.yml:2:14: tls_server_config.cert_file: .* no such file \(ENOENT\); a relative path/),
      expect.stringMatching(/^web.yml:4:13: rate_limit: must be a mapping, not a number/),
    ]);
  });

  it.each(
    [
      [
        tls('  client_ca_file: ca.crt'),
        '4:19: tls_server_config.client_ca_file: has no effect without client_auth_type',
      ],
      [
        'tls_server_config: { key_file: server.key }',
        '1:32: tls_server_config.key_file: TLS needs cert or cert_file, because key_file is set',
      ],
      [
        'tls_server_config: { client_auth_type: RequestClientCert }',
        '1:40: tls_server_config.client_auth_type: TLS needs key or key_file',
      ],
      [
        'tls_server_config: { cert_file: server.key, key_file: server.crt }',
        '1:33: tls_server_config.cert_file: contains a private key',
      ],
      [
        'tls_server_config: { cert_file: server.key, key_file: server.crt }',
        '1:55: tls_server_config.key_file: contains a certificate',
      ],
      ['tls_server_config: { cert_file: server.crt, key_file: other.key }', 'does not belong to the certificate'],
      ['tls_server_config: { cert_file: damaged.crt, key_file: server.key }', 'its first certificate is damaged'],
      ['tls_server_config: { cert_file: short.crt, key_file: short.key }', 'OpenSSL rejects it'],
      ['tls_server_config: { cert_file: server.crt, key_file: encrypted.key }', 'protected by a passphrase'],
      ['tls_server_config: { cert_file: server.crt, key_file: legacy.key }', 'protected by a passphrase'],
      ['tls_server_config: { cert_file: der.crt, key_file: server.key }', 'contains no PEM certificate'],
      ['tls_server_config: { cert_file: folder, key_file: server.key }', 'it is a folder'],
      ['tls_server_config: { cert_file: large, key_file: server.key }', 'larger than 1024 KiB'],
      ['tls_server_config: { cert_file: /dev/zero, key_file: server.key }', 'not a regular file'],
      ['rate_limit:\n\tburst: 1', '2:1: not valid YAML: tab used for indentation'],
      ['rate_limit: *a', '1:13: not valid YAML: unknown or misplaced alias'],
      ['rate_limit: {}\n---\nrate_limit: {}', '2:1: not valid YAML: more than one document'],
      ['rate_limit: {}\nrate_limit: {}', '2:1: rate_limit: duplicate key'],
      [`basic_auth_users: { 1: ${hash}, "1": ${hash} }`, ': basic_auth_users: duplicate key'],
      [
        `basic_auth_users: &a { <<: *a }`,
        '1:28: basic_auth_users: not valid YAML: this alias (*name) refers to a value that contains it',
      ],
      ['rate_limit: { <<: [1] }', '1:15: rate_limit.<<: must be a mapping, an alias (*name) of one'],
      [`basic_auth_users: { __proto__: ${hash} }`, 'basic_auth_users: a user cannot have the name __proto__'],
    ].map(([text = '', message = '']) => ({ text, message, title: shortText(text) })),
  )('are reported for $title', async ({ text, message }) => {
    expect((await problemsOf(text))?.join('\n')).toContain(message);
  });

  it('name a missing file, and a file that is not text', async () => {
    const { problems = [] } = await readWebConfig(join(path, 'missing'));
    expect(problems.map(formatProblem)).toEqual([
      `${path}/missing: cannot read the web configuration: no such file (ENOENT)`,
    ]);
    const bytes = await readWebConfig(join(path, 'bytes.key'));
    expect(bytes.problems?.map(({ message }) => message).join()).toContain('UTF-8');
  });

  it('after a syntax error are left out: they may be its consequences', async () => {
    expect(await problemsOf('['.repeat(100_000))).toHaveLength(1);
  });

  it('are none where 130,000 empty mappings are merged', async () => {
    expect(await problemsOf(`rate_limit: { <<: [${'{},'.repeat(130_000)}] }`)).toBeUndefined();
  });

  it('never include the name of a user', async () => {
    const users = ['alice: x', 'alice: y', 'bob: [alice]', '<<: { carol: 1 }', '<<: { dave: 1 }'].join('\n  ');
    const problems = await problemsOf(`basic_auth_users:\n  ${users}`);
    expect(problems).not.toHaveLength(0);
    expect(problems?.join('\n')).not.toMatch(/alice|bob|carol|dave/);
  });
});

describe('a file that would occupy the process', () => {
  const chain = (levels: number, link: (index: number) => string) =>
    Array.from({ length: levels }, (_, index) => `\n    - &a${index + 1} ${link(index)}`).join('');

  it.each([
    [
      '20,000 merges of merges',
      `basic_auth_users:\n  <<:\n    - &a0 {}${chain(20_000, (index) => `{ <<: *a${index} }`)}`,
    ],
    [
      'exponential merges',
      `basic_auth_users:\n  <<:\n    - &a0 {}${chain(20, (index) => `{ <<: [${`*a${index},`.repeat(10)}] }`)}`,
    ],
    [
      'exponential aliases',
      `tls_server_config:\n  client_allowed_sans:\n    - &a0 x${chain(20, (index) => `[${`*a${index},`.repeat(10)}]`)}`,
    ],
    [
      '10,000 users without a hash',
      `basic_auth_users:\n${Array.from({ length: 10_000 }, (_, user) => `  u${user}: x\n`).join('')}`,
    ],
    ['10,000 levels', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ])('is refused in time: %s', async (_, text) => {
    // Quadratic work on one of these takes longer than a test may.
    const { problems } = await read(text);
    expect(problems?.map(({ message }) => message).join('\n')).toMatch(
      /expand to too many values|nested too deeply|not a bcrypt hash/,
    );
  });
});
