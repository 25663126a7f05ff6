// The meaning of a valid configuration: configured values and defaults.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCredentials } from '../../src/config/secret.ts';
import { createFolder } from '../support/exporter-process.ts';
import { accept } from './validation.ts';

const oneOfEach = `
accounts:
  tencent: { provider: tencent_postgres }
  ob: { provider: oceanbase }
instances:
  - { account: tencent, id: postgres-1, region: ap-guangzhou }
  - { account: ob, id: ob1 }
`;

describe('defaults', () => {
  it('are those of the reference', async () => {
    expect((await accept(oneOfEach)).scrape).toEqual({
      refresh_interval: 0,
      max_stale: 3_600_000,
      concurrency: 64,
      request_timeout: 5000,
      retries: 2,
    });
  });

  it.each(['', 'scrape:', 'scrape: {}', 'scrape: { retries: 2 }'])('hold with %j', async (scrape) => {
    const { scrape: settings } = await accept(`${scrape}\n${oneOfEach}`);

    expect(settings).toMatchObject({ max_stale: 3_600_000, retries: 2 });
  });

  it('of an endpoint are those of the vendors', async () => {
    const { accounts } = await accept(oneOfEach);

    expect(accounts.get('tencent')?.settings.endpoint).toBe('https://postgres.intl.tencentcloudapi.com');
    expect(accounts.get('ob')?.settings.endpoint).toBe('https://api-cloud.oceanbase.com');
  });

  it('of an instance are its id as name, no labels, and all checks of the provider', async () => {
    expect((await accept(oneOfEach)).instances).toEqual([
      {
        account: 'tencent',
        provider: 'tencent_postgres',
        id: 'postgres-1',
        region: 'ap-guangzhou',
        name: 'postgres-1',
        labels: {},
        checks: ['ssl', 'kms'],
      },
      { account: 'ob', provider: 'oceanbase', id: 'ob1', region: '', name: 'ob1', labels: {}, checks: ['ssl', 'tde'] },
    ]);
  });

  it.each(['', 'instances:', 'instances: []'])('a configuration without instances is valid: %j', async (instances) => {
    const { accounts, instances: none } = await accept(`accounts: { ob: { provider: oceanbase } }\n${instances}`);

    expect([...accounts.keys()]).toEqual(['ob']);
    expect(none).toEqual([]);
  });
});

describe('scrape settings', () => {
  it('are used as configured', async () => {
    const text = `scrape: { refresh_interval: 1h30m, max_stale: 0s, concurrency: 1, request_timeout: 10m, retries: 0 }`;

    expect((await accept(`${text}\n${oneOfEach}`)).scrape).toEqual({
      refresh_interval: 5_400_000,
      max_stale: 0,
      concurrency: 1,
      request_timeout: 600_000,
      retries: 0,
    });
  });

  it('a duration can be 0 without a unit', async () => {
    expect((await accept(`scrape: { max_stale: 0 }\n${oneOfEach}`)).scrape.max_stale).toBe(0);
  });
});

describe('an instance', () => {
  it('belongs to the only account when it names none', async () => {
    const { instances } = await accept('accounts: { ob: { provider: oceanbase } }\ninstances: [{ id: ob1 }]');

    expect(instances.map(({ account }) => account)).toEqual(['ob']);
  });

  it('has the name, the labels and the checks that are given', async () => {
    const { instances } = await accept(`
accounts: { tencent: { provider: tencent_postgres } }
instances:
  - id: postgres-1
    region: ap-shanghai-fsi
    name: Orders (primary)
    labels: { team: payments, env: "", cost_center: "0042", _x: "größe" }
    checks: [kms, kms]
`);

    expect(instances).toMatchObject([
      {
        name: 'Orders (primary)',
        labels: { team: 'payments', env: '', cost_center: '0042', _x: 'größe' },
        checks: ['kms'],
      },
    ]);
  });

  it('has check ca where its account downloads CA certificates, unless its own checks leave it out', async () => {
    const { instances, accounts } = await accept(`
accounts:
  on:
    provider: oceanbase
    ca_bundle: { fetch: true, allowed_hosts: [CA.Example.com., "*.EXAMPLE.org", 203.0.113.4, "2001:DB8::1", bücher.example] }
  private: { provider: oceanbase, ca_bundle: { fetch: true, allowed_hosts: [localhost], allow_private: true } }
  off: { provider: oceanbase, ca_bundle: { allowed_hosts: [ca.example.com] } }
instances:
  - { account: on, id: all }
  - { account: on, id: probed, tls_probe: {} }
  - { account: on, id: own, checks: [ssl] }
  - { account: private, id: private }
  - { account: off, id: off }
`);

    expect(instances.map(({ id, checks }) => [id, ...checks])).toEqual([
      ['all', 'ssl', 'tde', 'ca'],
      ['probed', 'ssl', 'tde', 'ca', 'tls'],
      ['own', 'ssl'],
      ['private', 'ssl', 'tde', 'ca'],
      ['off', 'ssl', 'tde'],
    ]);
    expect([...accounts.values()].map(({ caBundle }) => caBundle)).toEqual([
      {
        allowedHosts: ['ca.example.com', '*.example.org', '203.0.113.4', '2001:db8::1', 'xn--bcher-kva.example'],
        allowPrivate: false,
      },
      { allowedHosts: ['localhost'], allowPrivate: true },
      undefined,
    ]);
  });

  it('can have a region if the provider needs none', async () => {
    const { instances } = await accept(
      'accounts: { ob: { provider: oceanbase } }\ninstances: [{ id: ob1, region: ap-southeast-1 }]',
    );

    expect(instances[0]?.region).toBe('ap-southeast-1');
  });

  it('can have the same id as one of another account or region', async () => {
    const { instances } = await accept(`
accounts:
  a: { provider: tencent_postgres }
  b: { provider: tencent_postgres }
instances:
  - { account: a, id: postgres-1, region: ap-tokyo }
  - { account: a, id: postgres-1, region: ap-seoul }
  - { account: b, id: postgres-1, region: ap-tokyo }
`);

    expect(instances).toHaveLength(3);
  });

  it.each([
    'ap-bangkok',
    'ap-beijing',
    'ap-chengdu',
    'ap-chongqing',
    'ap-guangzhou',
    'ap-hongkong',
    'ap-jakarta',
    'ap-nanjing',
    'ap-seoul',
    'ap-shanghai',
    'ap-shanghai-fsi',
    'ap-shenzhen-fsi',
    'ap-singapore',
    'ap-tokyo',
    'eu-frankfurt',
    'na-ashburn',
    'na-siliconvalley',
    'sa-saopaulo',
  ])('may be in Tencent region %s', async (region) => {
    const { instances } = await accept(
      `accounts: { main: { provider: tencent_postgres } }\ninstances: [{ id: postgres-1, region: ${region} }]`,
    );

    expect(instances[0]?.region).toBe(region);
  });
});

describe('an account', () => {
  it.each([
    'https://postgres.tencentcloudapi.com',
    'https://postgres.{region}.tencentcloudapi.com',
    'https://api.example.com:8443',
    'https://api.example.com/',
    'http://127.0.0.1:8080',
    'http://127.1.2.3',
    'http://localhost:8080',
    'http://[::1]:8080',
  ])('may have the endpoint %s', async (endpoint) => {
    const { accounts } = await accept(`accounts: { main: { provider: tencent_postgres, endpoint: "${endpoint}" } }`);

    expect(accounts.get('main')?.settings.endpoint).toBe(endpoint);
  });

  it('with {region} in its endpoint has a host for each region', async () => {
    const { accounts, instances } = await accept(`
accounts:
  main: { provider: tencent_postgres, endpoint: "https://postgres.{region}.example.com" }
instances:
  - { id: postgres-1, region: ap-tokyo }
  - { id: postgres-1, region: sa-saopaulo }
`);
    const account = accounts.get('main');
    const session = account?.provider.connect(account.settings, {
      now: Date.now,
      randomBytes: (size) => Buffer.alloc(size),
    });

    expect(instances.map((instance) => session?.host(instance))).toEqual([
      'postgres.ap-tokyo.example.com',
      'postgres.sa-saopaulo.example.com',
    ]);
  });

  it('has the rate limits that are given, and only those', async () => {
    const { accounts } = await accept(`
accounts:
  tencent: { provider: tencent_postgres, rate_limits: { DescribeEncryptionKeys: 0.5, "*": 3 } }
  ob: { provider: oceanbase }
`);

    expect(accounts.get('tencent')?.rateLimits).toEqual({ DescribeEncryptionKeys: 0.5, '*': 3 });
    expect(accounts.get('ob')?.rateLimits).toEqual({});
  });

  it('can have a quoted project id of digits', async () => {
    const { accounts } = await accept('accounts: { ob: { provider: oceanbase, project_id: "1234" } }');

    expect(accounts.get('ob')?.settings).toMatchObject({ project_id: '1234' });
  });

  it.each(['tencent-intl', '100012345678', 'größe 1', 'a.b/c', 'constructor', '__proto__'])(
    'may be named %s',
    async (name) => {
      const { accounts, instances } = await accept(
        `accounts: { "${name}": { provider: oceanbase } }\ninstances: [{ account: "${name}", id: ob1 }]`,
      );

      expect([...accounts.keys()]).toEqual([name]);
      expect(instances[0]?.account).toBe(name);
    },
  );

  it('needs no secret in the file: the default variables are read later', async () => {
    const { accounts } = await accept('accounts: { ob: { provider: oceanbase } }');

    expect(accounts.get('ob')?.secrets).toEqual({});
  });
});

describe('secrets', () => {
  const fields = [
    { name: 'access_key_id', required: true, secret: true, env: 'OCEANBASE_ACCESS_KEY_ID' },
    { name: 'access_key_secret', required: true, secret: true, env: 'OCEANBASE_ACCESS_KEY_SECRET' },
  ];
  let folder: Awaited<ReturnType<typeof createFolder>>;

  beforeEach(async () => {
    folder = await createFolder();
  });
  afterEach(() => folder.remove());

  it('in files are relative to the configuration, not to the working directory', async () => {
    await mkdir(join(folder.path, 'secrets'));
    await folder.write('secrets/id', 'the-id\n');
    const key = await folder.write('key', 'the-key');
    const config = await accept(
      `accounts: { ob: { provider: oceanbase, access_key_id_file: secrets/id, access_key_secret_file: "${key}" } }`,
      { file: join(folder.path, 'config.yaml') },
    );

    expect(config.folder).toBe(folder.path);
    expect(await readCredentials(fields, config.accounts.get('ob')?.secrets ?? {}, {}, config.folder)).toEqual({
      access_key_id: 'the-id',
      access_key_secret: 'the-key',
    });
  });

  it('can have three different sources, and quotes if they are digits', async () => {
    await folder.write('id', '1234\n');
    const config = await accept(
      `
accounts:
  tencent:
    provider: tencent_postgres
    secret_id_file: id
    secret_key: "5678"
    token_env: MY_TOKEN
`,
      { file: join(folder.path, 'config.yaml') },
    );

    expect(config.accounts.get('tencent')?.secrets).toEqual({
      secret_id: { from: 'file', path: 'id' },
      secret_key: { from: 'value', value: '5678' },
      token: { from: 'env', name: 'MY_TOKEN' },
    });
  });
});

describe('the format of the file', () => {
  it.each([
    ['line ends of Windows', oneOfEach.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${oneOfEach}`],
    ['a document start and end', `---${oneOfEach}...\n`],
    ['comments', `# first\n${oneOfEach.replaceAll('\n', ' # why\n')}`],
    ['JSON', '{"accounts": {"ob": {"provider": "oceanbase"}}, "instances": [{"id": "ob1"}]}'],
    ['an anchor and an alias', `${oneOfEach}  - { account: &a ob, id: ob2 }\n  - { account: *a, id: ob3 }\n`],
  ])('may have %s', async (_, text) => {
    expect((await accept(text)).instances.length).toBeGreaterThan(0);
  });
});
