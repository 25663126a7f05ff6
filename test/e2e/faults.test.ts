// The built program against both simulated clouds, with one instance at a time that meets every fault there is.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import { type Intercept, type SimulatedApi, startSimulatedApi } from '../../src/demo/simulated-api.ts';
import { startTencentApi } from '../../src/demo/tencent/tencent-api.ts';
import { createFolder, type ExporterProcess, startExporter } from '../support/exporter-process.ts';
import { type ParsedSample, parseExposition } from '../support/exposition.ts';
import { secret } from '../support/secret.ts';

const ids = { tencent: secret('secret id of the faults'), oceanbase: secret('access key id of the faults') };
const secrets = { tencent: secret('secret key of the faults'), oceanbase: secret('access key secret of the faults') };
const region = 'ap-guangzhou';
const faultyIds: Record<Cloud, string> = { tencent: 'pg-faulty', oceanbase: 'ob-faulty' };

type Cloud = 'tencent' | 'oceanbase';
type Fault = (exchange: { action: string; request: IncomingMessage; response: ServerResponse }) => void;

let folder: Awaited<ReturnType<typeof createFolder>>;
let apis: Record<Cloud, SimulatedApi>;
/** Where redirects point to: it must hear nothing. */
let elsewhere: SimulatedApi;
let exporter: ExporterProcess | undefined;
/** What the faulty instance meets; undefined: it is as healthy as the others. */
let fault: { cloud: Cloud; meet: Fault } | undefined;
/** Everything that left the programs: logs, expositions and status pages of all runs. */
const shown: string[] = [];
let runs = 0;

const interceptFor =
  (cloud: Cloud): Intercept =>
  ({ action, instanceId, request, response }) => {
    if (fault?.cloud !== cloud || instanceId !== faultyIds[cloud]) return false;
    fault.meet({ action, request, response });
    return true;
  };

const healthySsl = {
  autoUpdate: 'OPEN',
  certValid: true,
  enableSSL: 'OPEN',
  forceSSL: 'CLOSE',
  forceSSLSupport: true,
  status: 'OPEN',
  validPeriod: '2096-12-10T04:11:13Z',
};

beforeAll(async () => {
  folder = await createFolder();
  const key = { id: 'key', alias: 'alias', region, enabled: true, createTime: '2022-03-24 10:39:14' };
  elsewhere = await startSimulatedApi(
    {
      serverTimeMs: Date.now,
      actionOf: () => '',
      instanceIdOf: () => '',
      receive: () => () => ({ status: 200, body: {} }),
    },
    {},
  );
  apis = {
    tencent: await startTencentApi({
      secretId: ids.tencent,
      secretKey: secrets.tencent,
      instances: [faultyIds.tencent, 'pg-a', 'pg-b'].map((id) => ({ id, region, sslEnabled: true, keys: [key] })),
      limits: { DescribeDBInstanceSSLConfig: 1000 },
      intercept: interceptFor('tencent'),
    }),
    oceanbase: await startOceanBaseApi({
      accessKeyId: ids.oceanbase,
      accessKeySecret: secrets.oceanbase,
      instances: [faultyIds.oceanbase, 'ob-a', 'ob-b'].map((id) => ({ id, ssl: healthySsl })),
      intercept: interceptFor('oceanbase'),
    }),
  };
});

afterEach(async () => {
  if (exporter !== undefined) {
    shown.push(await (await fetch(exporter.url)).text());
    await exporter.stop();
    shown.push(exporter.stderr());
  }
  exporter = undefined;
  fault = undefined;
});

afterAll(async () => {
  await Promise.all([elsewhere, ...Object.values(apis)].map((api) => api.close()));
  await folder.remove();
});

/** Starts the program on the two clouds, and on one more account whose only instance is at the given endpoint. */
async function start(options: { retries?: number; maxStale?: string; lost?: string } = {}): Promise<ExporterProcess> {
  const { retries = 0, maxStale = '1h', lost } = options;
  for (const api of [elsewhere, ...Object.values(apis)]) api.arrivals.length = 0;
  const tencent = (name: string, endpoint: string) => `
  ${name}:
    provider: tencent_postgres
    endpoint: ${endpoint}
    secret_id: ${ids.tencent}
    secret_key: ${secrets.tencent}
    rate_limits: { DescribeDBInstanceSSLConfig: 1000, DescribeEncryptionKeys: 1000 }`;
  const config = await folder.write(
    `config-${runs++}.yaml`,
    `scrape: { request_timeout: 1s, retries: ${retries}, max_stale: ${maxStale} }
accounts:${tencent('tencent', apis.tencent.url)}${lost === undefined ? '' : tencent('lost', lost)}
  oceanbase:
    provider: oceanbase
    endpoint: ${apis.oceanbase.url}
    access_key_id: ${ids.oceanbase}
    access_key_secret: ${secrets.oceanbase}
    rate_limits: { "*": 1000 }
instances:
  - { account: tencent, id: ${faultyIds.tencent}, region: ${region} }
  - { account: tencent, id: pg-a, region: ${region} }
  - { account: tencent, id: pg-b, region: ${region} }
  - { account: oceanbase, id: ${faultyIds.oceanbase} }
  - { account: oceanbase, id: ob-a }
  - { account: oceanbase, id: ob-b }
${lost === undefined ? '' : `  - { account: lost, id: pg-lost, region: ${region} }\n`}`,
  );
  exporter = await startExporter({ config, flags: ['--log.level=debug'] });
  return exporter;
}

/** Scrapes; what is shown is kept for the last tests. */
async function scrape(url: string): Promise<ParsedSample[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  shown.push(text);
  return parseExposition(text);
}

const identity = ['provider', 'account', 'cloud_region', 'instance_id', 'instance_name'];

/** The facts of an instance as `name{own labels} value`, without days remaining, which change as time goes by. */
function factsOf(samples: readonly ParsedSample[], id: string): string[] {
  return samples
    .filter(({ name, labels }) => labels['instance_id'] === id && !/_(?:info|days_remaining)$|_check_/.test(name))
    .map(({ name, labels, value }) => {
      const own = Object.entries(labels).filter(([label]) => !identity.includes(label));
      return `${name}{${own.map(([label, text]) => `${label}=${text}`).join(',')}} ${value}`;
    })
    .toSorted();
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
    'clouddb_cert_auto_renew_enabled{} 1',
    'clouddb_cert_not_after_timestamp_seconds{certificate=server,source=api,subject_cn=} 4005951073',
    'clouddb_cert_valid{} 1',
    'clouddb_ssl_enabled{} 1',
    'clouddb_ssl_force_supported{} 1',
    'clouddb_ssl_forced{} 0',
  ],
};

/** Every instance but the named one has all of its facts, and its checks succeed. */
function expectOthersWhole(samples: readonly ParsedSample[], except: string): void {
  for (const [cloud, ids] of [
    ['tencent', [faultyIds.tencent, 'pg-a', 'pg-b']],
    ['oceanbase', [faultyIds.oceanbase, 'ob-a', 'ob-b']],
  ] as const) {
    for (const id of ids.filter((id) => id !== except)) {
      const success = cloud === 'tencent' ? { ssl: 1, kms: 1 } : { ssl: 1 };
      expect([id, factsOf(samples, id), successOf(samples, id)]).toEqual([id, healthy[cloud], success]);
    }
  }
}

function successOf(samples: readonly ParsedSample[], id: string): Record<string, number> {
  return Object.fromEntries(
    samples
      .filter(({ name, labels }) => name === 'clouddb_check_success' && labels['instance_id'] === id)
      .map(({ labels, value }) => [labels['check'] ?? '', value]),
  );
}

/** Reasons that failures were counted under, by check, of an account in which one instance fails. */
function reasonsOf(samples: readonly ParsedSample[], account: string): Record<string, string[]> {
  const counted = samples.filter(
    ({ name, labels, value }) => name === 'clouddb_check_failures_total' && labels['account'] === account && value > 0,
  );
  const reasons: Record<string, string[]> = {};
  for (const { labels } of counted) (reasons[labels['check'] ?? ''] ??= []).push(labels['reason'] ?? '');
  return reasons;
}

async function expectAlive({ url, process }: ExporterProcess): Promise<void> {
  expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
  expect((await fetch(`${url}/-/ready`)).status).toBe(200);
  expect(process.exitCode).toBeNull();
}

const answer =
  (status: number, body = '', headers: Record<string, string> = { 'Content-Type': 'application/json' }): Fault =>
  ({ response }) =>
    response.writeHead(status, headers).end(body);

const html = { 'Content-Type': 'text/html' };
const page = '<!doctype html><title>Welcome to the guest network</title>';

const dripping: Fault = ({ response }) => {
  response.writeHead(200, { 'Content-Length': 100_000 }).flushHeaders();
  const timer = setInterval(() => response.write(' '), 30);
  response.once('close', () => clearInterval(timer));
};

const flood: Fault = ({ response }) => {
  response.writeHead(200);
  const more = () => {
    while (!response.destroyed && response.write(' '.repeat(65_536)));
  };
  response.on('drain', more);
  more();
};

/** Faults that any API may show. */
const faults: [what: string, reason: string, meet: Fault][] = [
  ['a connection that is reset', 'network', ({ request }) => request.socket.resetAndDestroy()],
  [
    'a connection that is reset in the body',
    'network',
    ({ request, response }) =>
      response.writeHead(200, { 'Content-Length': 99 }).write('{"Re', () => request.socket.resetAndDestroy()),
  ],
  ['no answer', 'timeout', () => undefined],
  ['a body that drips', 'timeout', dripping],
  ['a body over 1 MiB', 'bad_response', flood],
  ['200 with a page of HTML', 'bad_response', answer(200, page, html)],
  ['502 with a page of HTML', 'unavailable', answer(502, page, html)],
  ['an empty body', 'bad_response', answer(200)],
  ['null', 'bad_response', answer(200, 'null')],
  ['a list', 'bad_response', answer(200, '[]')],
  ['JSON that is cut', 'bad_response', answer(200, '{"Response":{"SSLEnabled":true,"success":true,"data":{"ena')],
  ['an object that says nothing', 'bad_response', answer(200, '{"Response":{},"success":true,"data":{}}')],
  ['data that is null', 'bad_response', answer(200, '{"Response":null,"success":true,"data":null}')],
  [
    'a redirect',
    'bad_response',
    ({ response }) => response.writeHead(302, { Location: `${elsewhere.url}/login` }).end(),
  ],
  ['401', 'auth', answer(401)],
  ['403', 'permission', answer(403)],
  ['404', 'not_found', answer(404)],
  ['429', 'rate_limited', answer(429)],
  ['500', 'unavailable', answer(500)],
  ['503', 'unavailable', answer(503)],
  [
    'fields of wrong types',
    'bad_response',
    answer(
      200,
      '{"Response":{"SSLEnabled":"yes","CACert":7,"EncryptionKeys":"none"},"success":true,"data":{"enableSSL":true,' +
        '"forceSSL":1,"forceSSLSupport":"OPEN","certValid":"true","autoUpdate":[],"validPeriod":4005951073}}',
    ),
  ],
];

const tencentError = (code: string) => answer(200, `{"Response":{"Error":{"Code":"${code}","Message":"m"}}}`);
const oceanbaseError = (code: string) => answer(200, `{"success":false,"errorCode":"${code}","errorMessage":"m"}`);

const faultsOf: Record<Cloud, [what: string, reason: string, meet: Fault][]> = {
  tencent: [
    ...faults,
    ['AuthFailure.SignatureFailure', 'auth', tencentError('AuthFailure.SignatureFailure')],
    ['OperationDenied.CamDeniedError', 'permission', tencentError('OperationDenied.CamDeniedError')],
    ['RequestLimitExceeded', 'rate_limited', tencentError('RequestLimitExceeded')],
    ['ResourceNotFound.InstanceNotFoundError', 'not_found', tencentError('ResourceNotFound.InstanceNotFoundError')],
    [
      'OperationDenied.InstanceStatusLimitError',
      'instance_state',
      tencentError('OperationDenied.InstanceStatusLimitError'),
    ],
    ['InternalError', 'unavailable', tencentError('InternalError')],
    ['InvalidParameter', 'rejected', tencentError('InvalidParameter')],
    ['a code that nobody knows', 'rejected', tencentError('Never.Seen')],
  ],
  oceanbase: [
    ...faults,
    ['InternalError', 'unavailable', oceanbaseError('InternalError')],
    ['E001R000', 'rejected', oceanbaseError('E001R000')],
  ],
};

describe.each(['tencent', 'oceanbase'] as const)('when one instance of %s is answered with', (cloud) => {
  it.each(faultsOf[cloud])(
    '%s, it alone fails, with the reason %s, and all else is there',
    async (_what, reason, meet) => {
      fault = { cloud, meet };
      const running = await start();
      const samples = await scrape(running.url);
      const checks = cloud === 'tencent' ? ['ssl', 'kms'] : ['ssl'];
      expect(successOf(samples, faultyIds[cloud])).toEqual(Object.fromEntries(checks.map((check) => [check, 0])));
      expect(reasonsOf(samples, cloud)).toEqual(Object.fromEntries(checks.map((check) => [check, [reason]])));
      expect(factsOf(samples, faultyIds[cloud])).toEqual([]);
      expectOthersWhole(samples, faultyIds[cloud]);
      await expectAlive(running);
      expect(elsewhere.arrivals).toEqual([]);
    },
  );
});

describe('an answer of which a part is not understood', () => {
  it.each(['enableSSL', 'forceSSL', 'autoUpdate'] as const)(
    'for an unknown %s of OceanBase lacks that fact, fails, and has the others',
    async (field) => {
      const fact = { enableSSL: 'ssl_enabled', forceSSL: 'ssl_forced', autoUpdate: 'cert_auto_renew_enabled' }[field];
      const body = JSON.stringify({ success: true, data: { ...healthySsl, [field]: 'OPENING' } });
      fault = { cloud: 'oceanbase', meet: answer(200, body) };
      const samples = await scrape((await start()).url);
      expect(successOf(samples, faultyIds.oceanbase)).toEqual({ ssl: 0 });
      expect(reasonsOf(samples, 'oceanbase')).toEqual({ ssl: ['bad_response'] });
      expect(factsOf(samples, faultyIds.oceanbase)).toEqual(
        healthy.oceanbase.filter((sample) => !sample.startsWith(`clouddb_${fact}{`)),
      );
      expectOthersWhole(samples, faultyIds.oceanbase);
    },
  );

  it('for a key of Tencent whose state is odd says nothing of that state', async () => {
    const key = {
      KeyId: 'key',
      KeyAlias: 'alias',
      KeyRegion: region,
      IsEnabled: 'maybe',
      CreateTime: 'some day',
      DEKCipherTextBlob: secret('cipher text'),
    };
    const body = JSON.stringify({
      Response: { EncryptionKeys: [key], SSLEnabled: true, CACert: secret('cipher text') },
    });
    fault = { cloud: 'tencent', meet: answer(200, body) };
    const samples = await scrape((await start()).url);
    expect(successOf(samples, faultyIds.tencent)).toEqual({ ssl: 1, kms: 0 });
    expect(factsOf(samples, faultyIds.tencent)).toEqual(['clouddb_kms_keys{} 1', 'clouddb_ssl_enabled{} 1']);
    expectOthersWhole(samples, faultyIds.tencent);
  });
});

describe('when only one check of an instance fails', () => {
  it('its other check is not touched', async () => {
    fault = {
      cloud: 'tencent',
      meet: (exchange) =>
        exchange.action === 'DescribeEncryptionKeys'
          ? answer(500)(exchange)
          : answer(200, '{"Response":{"SSLEnabled":true}}')(exchange),
    };
    const samples = await scrape((await start()).url);
    expect(successOf(samples, faultyIds.tencent)).toEqual({ ssl: 1, kms: 0 });
    expect(factsOf(samples, faultyIds.tencent)).toEqual(['clouddb_ssl_enabled{} 1']);
    expectOthersWhole(samples, faultyIds.tencent);
  });
});

describe('an API that', () => {
  it('refuses connections fails with network, and its account alone', async () => {
    const gone = await startSimulatedApi(
      {
        serverTimeMs: Date.now,
        actionOf: () => '',
        instanceIdOf: () => '',
        receive: () => () => ({ status: 200, body: {} }),
      },
      {},
    );
    await gone.close();
    const running = await start({ lost: gone.url });
    const samples = await scrape(running.url);
    expect(reasonsOf(samples, 'lost')).toEqual({ ssl: ['network'], kms: ['network'] });
    expect(factsOf(samples, 'pg-lost')).toEqual([]);
    expectOthersWhole(samples, 'pg-lost');
    await expectAlive(running);
  });

  it('has a name that does not exist fails with network, and its account alone', async () => {
    const running = await start({ lost: 'https://nonexistent.invalid' });
    const samples = await scrape(running.url);
    expect(reasonsOf(samples, 'lost')).toEqual({ ssl: ['network'], kms: ['network'] });
    expect(successOf(samples, 'pg-lost')).toEqual({ ssl: 0, kms: 0 });
    expectOthersWhole(samples, 'pg-lost');
    await expectAlive(running);
  });
});

describe('Retry-After', () => {
  // A timer of Node may fire up to a millisecond before its time.
  const leastMs = (seconds: number) => seconds * 1000 - 1;

  // 503, and a longer time than that of a throttle: neither would be waited for without the header.
  it.each([
    ['tencent', 429, 1],
    ['tencent', 429, 2],
    ['tencent', 503, 1],
    ['oceanbase', 429, 1],
    ['oceanbase', 503, 1],
  ] as const)(
    'of %s after a %i is waited for before the check is tried again: %i s',
    async (cloud, status, seconds) => {
      const throttled = new Set<string>();
      fault = {
        cloud,
        meet: (exchange) => {
          const first = !throttled.has(exchange.action);
          throttled.add(exchange.action);
          if (first) return answer(status, '', { 'Retry-After': String(seconds) })(exchange);
          const data = { ...healthySsl, enableSSL: 'CLOSE' };
          const fields = { SSLEnabled: false, EncryptionKeys: [] };
          return answer(200, JSON.stringify({ Response: fields, success: true, data }))(exchange);
        },
      };
      const samples = await scrape((await start({ retries: 1 })).url);
      const calls = apis[cloud].arrivals.filter(
        ({ instanceId, action }) => instanceId === faultyIds[cloud] && action !== 'DescribeEncryptionKeys',
      );
      expect(calls.slice(0, 2).map(({ status }) => status)).toEqual([status, 200]);
      expect(calls[1]!.atMs - calls[0]!.atMs).toBeGreaterThanOrEqual(leastMs(seconds));
      expect(reasonsOf(samples, cloud)).toEqual({});
      expect(factsOf(samples, faultyIds[cloud])).toContain('clouddb_ssl_enabled{} 0');
      expectOthersWhole(samples, faultyIds[cloud]);
    },
  );

  it('holds the next scrapes back too, where nothing is left to try', async () => {
    fault = { cloud: 'oceanbase', meet: answer(503, '', { 'Retry-After': '1' }) };
    const { url } = await start();
    const calls = () => apis.oceanbase.arrivals.filter(({ instanceId }) => instanceId === faultyIds.oceanbase);
    await expect
      .poll(
        async () => {
          await scrape(url);
          return calls().length;
        },
        { timeout: 15_000 },
      )
      .toBeGreaterThanOrEqual(2);
    expect(calls()[1]!.atMs - calls()[0]!.atMs).toBeGreaterThanOrEqual(leastMs(1));
  });
});

describe('a fault that begins after a good scrape', () => {
  it.each(['tencent', 'oceanbase'] as const)('of %s leaves the last known facts', async (cloud) => {
    const { url } = await start();
    expectOthersWhole(await scrape(url), '');
    fault = { cloud, meet: answer(500) };
    const samples = await scrape(url);
    expect(Object.values(successOf(samples, faultyIds[cloud]))).not.toContain(1);
    expect(factsOf(samples, faultyIds[cloud])).toEqual(healthy[cloud]);
    expectOthersWhole(samples, faultyIds[cloud]);
    const successes = samples.filter(
      ({ name, labels }) =>
        name === 'clouddb_check_last_success_timestamp_seconds' && labels['instance_id'] === faultyIds[cloud],
    );
    expect(successes).toHaveLength(cloud === 'tencent' ? 2 : 1);
  });

  it('takes them away once they are older than max_stale, and gives them back when it ends', async () => {
    const { url } = await start({ maxStale: '1s' });
    expectOthersWhole(await scrape(url), '');
    fault = { cloud: 'oceanbase', meet: answer(500) };
    const facts = async () => factsOf(await scrape(url), faultyIds.oceanbase);
    await expect.poll(facts, { timeout: 15_000 }).toEqual([]);
    expectOthersWhole(await scrape(url), faultyIds.oceanbase);
    fault = undefined;
    expectOthersWhole(await scrape(url), '');
  });
});

// Last, for it is about all that the runs above have shown; test/leaks searches it for secrets.
describe('no log line, exposition or page of all these runs', () => {
  const text = () => shown.join('\n');

  it('is missing here', () => {
    expect(shown.length).toBeGreaterThanOrEqual(3 * runs);
    for (const part of ['clouddb_check_success', 'level=debug', 'msg="check failed"', '<!doctype html>']) {
      expect(text()).toContain(part);
    }
  });

  it('holds the body of an answer or where a redirect points to', () => {
    for (const foreign of ['guest network', elsewhere.url]) expect(text()).not.toContain(foreign);
  });
});
