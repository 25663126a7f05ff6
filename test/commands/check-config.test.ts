// `check-config`: what was understood of a valid file, a line for each problem of an invalid one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';
import { badLines, startTwoClouds, type TwoClouds } from '../support/two-clouds.ts';

let clouds: TwoClouds;
beforeAll(async () => {
  clouds = await startTwoClouds();
});
afterAll(() => clouds.close());

const check = (file: string, env: NodeJS.ProcessEnv = {}, ...flags: string[]) =>
  runInProcess(['check-config', `--config.file=${file}`, ...flags], env);

const key = secret('flawed key');
const oneInstance = 'accounts: { ob: { provider: oceanbase } }\ninstances: [{ id: ob1 }]\n';

describe('check-config', () => {
  it('prints one summary line for a valid file, then what was understood, and warnings', async () => {
    const run = await check(clouds.good);

    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout.split('\n')).toEqual([
      `${clouds.good}: OK: 2 accounts, 2 instances, 3 checks, 1 warning`,
      expect.stringMatching(/^ {2}account tencent: tencent_postgres at http:\/\/127\.0\.0\.1:\d+$/) as string,
      `    credentials: secret_id from the configuration, secret_key from file tencent-key (${clouds.folder.path}/tencent-key)`,
      '    rate limits: DescribeDBInstanceSSLConfig 20/s, DescribeEncryptionKeys 1000/s',
      '    instances: 1 (checks: ssl 1, kms 1)',
      expect.stringMatching(/^ {2}account oceanbase: oceanbase at http:\/\/127\.0\.0\.1:\d+$/) as string,
      '    credentials: access_key_id from the configuration, access_key_secret from the configuration',
      '    rate limits: all actions 10/s',
      '    instances: 1 (checks: ssl 1)',
      expect.stringMatching(/^\/\S+:\d+:\d+: accounts\.oceanbase\.project_id: warning: is not set/) as string,
      '',
    ]);
  });

  it('names the hosts that CA certificates are downloaded from', async () => {
    const file = await clouds.folder.write(
      'ca-bundle.yaml',
      'accounts: { ob: { provider: oceanbase, project_id: p, ca_bundle: { fetch: true, allowed_hosts: [a.example, "*.b.example"] } } }\ninstances: [{ id: ob1 }]\n',
    );
    const { stdout } = await check(file);
    expect(stdout).toContain('    CA certificates: downloaded from a.example, *.b.example\n');
    expect(stdout).toContain('    instances: 1 (checks: ssl 1, tde 1, ca 1)\n');
  });

  it('names the variables of the credentials, and never their values', async () => {
    const file = await clouds.folder.write(
      'variables.yaml',
      'accounts: { tc: { provider: tencent_postgres, secret_id_env: MY_ID, secret_key_env: mykey } }\ninstances: [{ id: p1, region: ap-tokyo }]\n',
    );
    const run = await check(file, { MY_ID: secret('id'), mykey: secret('key') });

    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(
      /secret_id from environment variable MY_ID, secret_key from the environment variable \(name not/,
    );
  });

  it('prints each problem of an invalid file on its own line, then their number', async () => {
    const run = await check(clouds.bad);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr.split('\n')).toEqual([
      ...badLines.map((start) => expect.stringContaining(`${clouds.bad}${start}`) as string),
      expect.stringContaining('accounts.main.project_id: warning: is not set'),
      `${clouds.bad}: 3 problems, 1 warning`,
      '',
    ]);
  });

  it('shows the line of a syntax error with a caret, and no value', async () => {
    const file = await clouds.folder.write(
      'syntax.yaml',
      `accounts:\n  main:\n    provider: oceanbase\n   access_key_secret: ${secret('key')}\n`,
    );
    expect((await check(file)).stderr.split('\n')).toEqual([
      expect.stringContaining(`${file}:4:4: not valid YAML: wrong indentation`) as string,
      expect.stringMatching(/^ {7}access_key_secret: \*+$/) as string,
      `${' '.repeat(7)}^`,
      `${file}: 1 problem`,
      '',
    ]);
  });

  it.each([
    [
      'half of the usual variables',
      { OCEANBASE_ACCESS_KEY_ID: secret('id') },
      /accounts\.ob: .*OCEANBASE_ACCESS_KEY_SECRET/,
    ],
    [
      'a usual variable of two lines',
      { OCEANBASE_ACCESS_KEY_ID: secret('id'), OCEANBASE_ACCESS_KEY_SECRET: secret('key', '\n') },
      /accounts\.ob: OCEANBASE_ACCESS_KEY_SECRET: .*more than one line/,
    ],
    [
      'a usual variable in quotes',
      { OCEANBASE_ACCESS_KEY_ID: secret('id'), OCEANBASE_ACCESS_KEY_SECRET: `"${secret('key')}"` },
      /accounts\.ob: access_key_secret has quotes around it/,
    ],
    [
      'a proxy that is not HTTP',
      { HTTPS_PROXY: `socks5://user:${secret('password')}@127.0.0.1:1` },
      /accounts\.ob: HTTPS_PROXY is not a valid HTTP proxy/,
    ],
  ])('reports %s in its own environment', async (_, env, says) => {
    const run = await check(await clouds.folder.write('usual.yaml', oneInstance), env);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(says);
    expect(run.stderr).toContain('usual.yaml: 1 problem, 1 warning\n');
  });

  it.each<[what: string, content: string | Buffer, says: RegExp]>([
    ['quotes around it', `"${key}"\n`, /has quotes around it/],
    ['a blank in it', `${key} ${key}\n`, /contains white space/],
    ['a comma after it', `${key},\n`, /ends with a comma/],
    ['its name before it', `KEY=${key}\n`, /NAME=value/],
    ['a variable that is not expanded', '${FLAWED_KEY}\n', /is not expanded/],
    ['another encoding', Buffer.from(key, 'utf16le'), /is UTF-16; save it as UTF-8/],
    ['a character of another encoding', Buffer.from(`${key}\xe9`, 'latin1'), /line 1 is not UTF-8/],
  ])('reports a secret file with %s', async (_, content, says) => {
    await clouds.folder.write('flawed-key', content);
    const file = await clouds.folder.write(
      'flawed.yaml',
      `accounts: { ob: { provider: oceanbase, access_key_id: ${secret('id')}, access_key_secret_file: flawed-key } }\ninstances: [{ id: ob1 }]\n`,
    );
    const run = await check(file);

    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/flawed\.yaml:1:\d+: accounts\.ob\.access_key_secret_file: .*flawed-key/);
    expect(run.stderr).toMatch(says);
    expect(run.stderr).not.toContain(key);
  });

  it.each<[what: string, content: string | Buffer, says: RegExp]>([
    ['a file in Windows-1252', Buffer.from('accounts: {}\n# b\xfccher\n', 'latin1'), /:2:1: line 2 is not UTF-8/],
    ['a file in UTF-16', Buffer.from('\uFEFFaccounts: {}\n', 'utf16le'), /:1:1: the file is UTF-16; save it as UTF-8/],
    ['an empty file', '', /:1:1: the file is empty/],
    ['a file of comments', '# accounts:\n', /:1:1: the file is empty/],
    ['a document without content', '---\n', /:\d:\d: the file is empty/],
    ['nothing to watch', 'accounts: { ob: { provider: oceanbase } }\n', /instances: there is nothing to watch/],
  ])('reports %s', async (_, content, says) => {
    const file = await clouds.folder.write('odd.yaml', content);
    const run = await check(file);

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(says);
    expect(run.stderr).toMatch(/: 1 problem(?:, 1 warning)?\n$/);
  });

  it('reports a misspelled provider and all other keys of the account, and the warnings', async () => {
    const text = `accounts: { ob: { Provider: oceanbase, secretKey: ${secret('key')} }, tc: { provider: tencent_postgres } }
instances: [{ account: tc, id: postgres-1, region: ap-guangzhuo }, { account: tc, id: postgres-2 }]
`;
    const run = await check(await clouds.folder.write('several.yaml', text));

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/accounts\.ob\.Provider: unknown key; did you mean provider\?/);
    expect(run.stderr).toMatch(/accounts\.ob\.secretKey: unknown key; did you mean secret_key\?/);
    expect(run.stderr).toMatch(/region: warning: .*ap-guangzhou/);
    expect(run.stderr).toMatch(/several\.yaml: 3 problems, 1 warning\n$/);
  });

  it('reports nothing to watch in addition to secrets that cannot be read', async () => {
    const text =
      'accounts: { ob: { provider: oceanbase, access_key_id_env: NOT_HERE, access_key_secret_env: NOT_HERE } }\n';
    const run = await check(await clouds.folder.write('both.yaml', text));

    expect(run.stderr).toMatch(/NOT_HERE is not set/);
    expect(run.stderr).toMatch(/there is nothing to watch/);
  });

  it('reports a missing file with its absolute path, and the flag that names another', async () => {
    const run = await check('no-such-file.yaml');

    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/^\/\S*\/no-such-file\.yaml: there is no such file \(ENOENT\).*--config\.file/);
  });

  it('accepts a file whose usual variables are set elsewhere', async () => {
    const file = await clouds.folder.write('usual.yaml', oneInstance);

    expect(await check(file)).toMatchObject({ status: 0, stderr: '' });
  });

  it('reads no secret and no file of the configuration with --syntax-only', async () => {
    const file = await clouds.folder.write(
      'elsewhere.yaml',
      'accounts: { ob: { provider: oceanbase, access_key_id_env: NOT_HERE, access_key_secret_file: /not/here } }\ninstances: [{ id: ob1 }]\n',
    );
    const web = await clouds.folder.write(
      'web.yaml',
      'tls_server_config: { cert_file: not-here, key_file: not-here }\n',
    );
    const broken = await clouds.folder.write('broken.yaml', `${oneInstance}colour: red\n`);
    const env = { OCEANBASE_ACCESS_KEY_ID: secret('id') };

    expect(await check(file, env, '--syntax-only', `--web.config.file=${web}`)).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(await check(broken, env, '--syntax-only')).toMatchObject({ status: 1 });
    expect(await check(file, env)).toMatchObject({ status: 1 });
  });
});
