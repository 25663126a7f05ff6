// The built program while one account after the other fails, one fault for each layer: connection, time, size, status,
// redirect, envelope, fields. What every status and body means: test/http, and test/providers/contract.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import { type Intercept, type SimulatedApi, startSimulatedApi } from '../../src/demo/simulated-api.ts';
import { startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { createFolder, type ExporterProcess, startExporter } from '../support/exporter-process.ts';
import { type ParsedSample, parseExposition } from '../support/exposition.ts';
import { secret } from '../support/secret.ts';

const tencentKeys = { secret_id: secret('secret id of the faults'), secret_key: secret('secret key of the faults') };
const oceanbaseKeys = {
  access_key_id: secret('access key id of the faults'),
  access_key_secret: secret('access key secret of the faults'),
};
const region = 'ap-guangzhou';

type Cloud = 'tencent' | 'oceanbase';
type Fault = (exchange: Parameters<Intercept>[0]) => void;

const healthySsl = {
  autoUpdate: 'OPEN',
  certValid: true,
  enableSSL: 'OPEN',
  forceSSL: 'CLOSE',
  forceSSLSupport: true,
  status: 'OPEN',
  validPeriod: '2096-12-10T04:11:13Z',
};

const tenants = [
  { id: 't1', name: 'orders', encrypted: true },
  { id: 't2', name: 'billing', encrypted: true },
];

const answer =
  (status: number, body = '', headers: Record<string, string> = { 'Content-Type': 'application/json' }): Fault =>
  ({ response }) =>
    response.writeHead(status, headers).end(body);

const flood: Fault = ({ response }) => {
  response.writeHead(200);
  const more = () => {
    while (!response.destroyed && response.write(' '.repeat(65_536)));
  };
  response.on('drain', more);
  more();
};

/** Where the redirect points to: nothing is to arrive there. */
let elsewhere: SimulatedApi;

/** Faults of any API. */
const faults: [what: string, reason: string, fault: Fault][] = [
  ['a reset connection', 'network', ({ request }) => request.socket.resetAndDestroy()],
  ['no answer', 'timeout', () => undefined],
  ['an endless body', 'bad_response', flood],
  ['a page of a proxy with 502', 'unavailable', answer(502, '<title>guest network</title>')],
  ['a page of a proxy with 200', 'bad_response', answer(200, '<title>guest network</title>')],
  ['a redirect', 'bad_response', (exchange) => answer(302, '', { Location: `${elsewhere.url}/login` })(exchange)],
];

const tencentError = '{"Response":{"Error":{"Code":"OperationDenied.InstanceStatusLimitError","Message":"m"}}}';

const faultsOf: Record<Cloud, typeof faults> = {
  tencent: [...faults, ['an error in the envelope', 'instance_state', answer(200, tencentError)]],
  oceanbase: [
    ...faults,
    ['an error in the envelope', 'rejected', answer(200, '{"success":false,"errorCode":"E001R000"}')],
  ],
};

/** Partly valid responses, and the remaining samples of a healthy instance. */
const partly: Record<string, { cloud: Cloud; fault: Fault; success: Record<string, number>; left: RegExp }> = {
  'an unknown field of OceanBase': {
    cloud: 'oceanbase',
    fault: (exchange) => {
      const list = tenants.map(({ id, name }, index) => ({
        tenantId: id,
        tenantName: name,
        enableEncryption: index === 0 ? true : 'OPENING',
      }));
      const data =
        exchange.action === 'security/tde'
          ? { tenantEncryptionList: list, totalCount: 2 }
          : { ...healthySsl, forceSSL: 'OPENING' };
      return answer(200, JSON.stringify({ success: true, data }))(exchange);
    },
    success: { ssl: 0, tde: 0 },
    left: /^clouddb_(?:cert_|ssl_enabled|ssl_force_supported|tenants|tenant_.*tenant_id=t1)/,
  },
  'one failed check of two of Tencent': {
    cloud: 'tencent',
    fault: (exchange) =>
      exchange.action === 'DescribeEncryptionKeys'
        ? answer(500)(exchange)
        : answer(200, '{"Response":{"SSLEnabled":true}}')(exchange),
    success: { ssl: 1, kms: 0 },
    left: /^clouddb_ssl_enabled/,
  },
};

/** Each fault has an account, whose only instance has its name. */
const faultOf = new Map<string, Fault>();
const nameOf = (cloud: Cloud, what: string) => `${cloud} ${what}`.replaceAll(' ', '-').toLowerCase();
for (const cloud of ['tencent', 'oceanbase'] as const) {
  for (const [what, , fault] of faultsOf[cloud]) faultOf.set(nameOf(cloud, what), fault);
}
for (const [what, { cloud, fault }] of Object.entries(partly)) faultOf.set(nameOf(cloud, what), fault);

const intercept: Intercept = (exchange) => {
  const fault = faultOf.get(exchange.instanceId);
  fault?.(exchange);
  return fault !== undefined;
};

let folder: Awaited<ReturnType<typeof createFolder>>;
let apis: SimulatedApi[];
let exporter: ExporterProcess;
let samples: ParsedSample[];
/** Everything that left the program. */
let shown: string;

beforeAll(async () => {
  folder = await createFolder();
  const nothing = { actionOf: () => '', instanceIdOf: () => '', receive: () => () => ({ status: 200, body: {} }) };
  elsewhere = await startSimulatedApi({ serverTimeMs: Date.now, ...nothing }, {});
  const gone = await startSimulatedApi({ serverTimeMs: Date.now, ...nothing }, {});
  await gone.close();
  const key = { id: 'key', alias: 'alias', region, enabled: true, createTime: '2022-03-24 10:39:14' };
  const tencent = await startPostgresApi({
    secretId: tencentKeys.secret_id,
    secretKey: tencentKeys.secret_key,
    instances: ['pg-a', 'pg-b'].map((id) => ({ id, region, sslEnabled: true, keys: [key] })),
    intercept,
  });
  const oceanbase = await startOceanBaseApi({
    accessKeyId: oceanbaseKeys.access_key_id,
    accessKeySecret: oceanbaseKeys.access_key_secret,
    instances: ['ob-a', 'ob-b'].map((id) => ({ id, ssl: healthySsl, tenants })),
    intercept,
  });
  apis = [elsewhere, tencent, oceanbase];

  const rate_limits = { '*': 1000 };
  const accountOf = (cloud: Cloud, endpoint: string) =>
    cloud === 'tencent'
      ? { provider: 'tencent_postgres', endpoint, ...tencentKeys }
      : { provider: 'oceanbase', endpoint, ...oceanbaseKeys, rate_limits };
  const urlOf = { tencent: tencent.url, oceanbase: oceanbase.url };
  const cloudOf = (name: string): Cloud => (name.startsWith('tencent') ? 'tencent' : 'oceanbase');
  const faulty = [...faultOf.keys()];
  const accounts = {
    tencent: accountOf('tencent', tencent.url),
    oceanbase: accountOf('oceanbase', oceanbase.url),
    gone: accountOf('tencent', gone.url),
    nameless: accountOf('tencent', 'https://nonexistent.invalid'),
    ...Object.fromEntries(faulty.map((name) => [name, accountOf(cloudOf(name), urlOf[cloudOf(name)])])),
  };
  const instances = [
    ...['pg-a', 'pg-b'].map((id) => ({ account: 'tencent', id, region })),
    ...['ob-a', 'ob-b'].map((id) => ({ account: 'oceanbase', id })),
    ...['gone', 'nameless'].map((account) => ({ account, id: account, region })),
    ...faulty.map((name) => ({ account: name, id: name, ...(cloudOf(name) === 'tencent' ? { region } : {}) })),
  ];
  const config = await folder.write(
    'config.yaml',
    stringify({ scrape: { request_timeout: '3s', retries: 0 }, accounts, instances }),
  );
  exporter = await startExporter({ config, flags: ['--log.level=debug'] });
  const scrape = async (seconds: number) => {
    const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': String(seconds) };
    return await (await fetch(`${exporter.url}/metrics`, { headers })).text();
  };
  const text = await scrape(60);
  samples = parseExposition(text);
  // What fails again is logged at level debug.
  shown = [text, await scrape(1), await (await fetch(exporter.url)).text(), exporter.stderr()].join('\n');
});

afterAll(async () => {
  await exporter.stop();
  await Promise.all(apis.map((api) => api.close()));
  await folder.remove();
});

const identity = ['provider', 'account', 'cloud_region', 'instance_id', 'instance_name'];

/** The facts of an instance as `name{own labels} value`, without days remaining, which change as time goes by. */
function factsOf(id: string): string[] {
  return samples
    .filter(({ name, labels }) => labels['instance_id'] === id && !/_(?:info|days_remaining)$|_check_/.test(name))
    .map(({ name, labels, value }) => {
      const own = Object.entries(labels).filter(([label]) => !identity.includes(label));
      return `${name}{${own.map(([label, text]) => `${label}=${text}`).join(',')}} ${value}`;
    })
    .toSorted();
}

function successOf(id: string): Record<string, number> {
  return Object.fromEntries(
    samples
      .filter(({ name, labels }) => name === 'clouddb_check_success' && labels['instance_id'] === id)
      .map(({ labels, value }) => [labels['check'] ?? '', value]),
  );
}

/** Reasons that failures of an account were counted under, by check. */
function reasonsOf(account: string): Record<string, string[]> {
  const counted = samples.filter(
    ({ name, labels, value }) => name === 'clouddb_check_failures_total' && labels['account'] === account && value > 0,
  );
  const reasons: Record<string, string[]> = {};
  for (const { labels } of counted) (reasons[labels['check'] ?? ''] ??= []).push(labels['reason'] ?? '');
  return reasons;
}

const keyLabels = `key_id=key,key_alias=alias,key_region=${region},kms_cluster_id=`;
const healthy: Record<Cloud, string[]> = {
  tencent: [
    'clouddb_at_rest_encryption_enabled{} 1',
    `clouddb_kms_key_created_timestamp_seconds{${keyLabels}} 1648089554`,
    `clouddb_kms_key_enabled{${keyLabels}} 1`,
    'clouddb_kms_keys{} 1',
    'clouddb_ssl_enabled{} 1',
  ],
  oceanbase: [
    'clouddb_at_rest_encryption_enabled{} 1',
    'clouddb_cert_auto_renew_enabled{} 1',
    'clouddb_cert_not_after_timestamp_seconds{certificate=server,source=api,subject_cn=,serial=} 4005951073',
    'clouddb_cert_valid{} 1',
    'clouddb_ssl_enabled{} 1',
    'clouddb_ssl_force_supported{} 1',
    'clouddb_ssl_forced{} 0',
    'clouddb_tenant_at_rest_encryption_enabled{tenant_id=t1,tenant_name=orders} 1',
    'clouddb_tenant_at_rest_encryption_enabled{tenant_id=t2,tenant_name=billing} 1',
    'clouddb_tenants{} 2',
  ],
};
const checksOf: Record<Cloud, string[]> = { tencent: ['ssl', 'kms'], oceanbase: ['ssl', 'tde'] };
const all = <T>(cloud: Cloud, value: T) => Object.fromEntries(checksOf[cloud].map((check) => [check, value]));

describe('during all the faults', () => {
  it.each([
    ['tencent', 'pg-a'],
    ['tencent', 'pg-b'],
    ['oceanbase', 'ob-a'],
    ['oceanbase', 'ob-b'],
  ] as const)('a healthy instance of %s has all of its facts: %s', (cloud, id) => {
    expect([factsOf(id), successOf(id), reasonsOf(cloud)]).toEqual([healthy[cloud], all(cloud, 1), {}]);
  });

  it('the exporter continues', async () => {
    expect((await fetch(`${exporter.url}/-/healthy`)).status).toBe(200);
    expect((await fetch(`${exporter.url}/-/ready`)).status).toBe(200);
    expect(exporter.process.exitCode).toBeNull();
  });

  it('no redirect is followed, and no body or target of one is shown', () => {
    expect(elsewhere.arrivals).toEqual([]);
    for (const part of ['clouddb_check_success', 'level=debug', 'msg="check failed"', '<!doctype html>']) {
      expect(shown).toContain(part);
    }
    for (const foreign of ['guest network', elsewhere.url]) expect(shown).not.toContain(foreign);
  });
});

describe.each(['tencent', 'oceanbase'] as const)('an instance of %s fails with no facts after', (cloud) => {
  it.each(faultsOf[cloud])('%s: %s', (what, reason) => {
    const name = nameOf(cloud, what);
    expect(successOf(name)).toEqual(all(cloud, 0));
    expect(reasonsOf(name)).toEqual(all(cloud, [reason]));
    expect(factsOf(name)).toEqual([]);
  });
});

describe('an instance keeps the other facts after', () => {
  it.each(Object.entries(partly))('%s', (what, { cloud, success, left }) => {
    const name = nameOf(cloud, what);
    expect(successOf(name)).toEqual(success);
    expect(factsOf(name)).toEqual(healthy[cloud].filter((sample) => left.test(sample)));
  });
});

describe('an API fails with network when', () => {
  it.each([
    ['it refuses connections', 'gone'],
    ['its name does not exist', 'nameless'],
  ])('%s', (_, name) => {
    expect(successOf(name)).toEqual({ ssl: 0, kms: 0 });
    expect(reasonsOf(name)).toEqual({ ssl: ['network'], kms: ['network'] });
    expect(factsOf(name)).toEqual([]);
  });
});
