// /probe and /sd of a running exporter: the series of one instance, and every instance as a target.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { buffer, text as textOf } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type OceanBaseInstance, startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../../src/demo/simulated-api.ts';
import { type PostgresInstance, startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { createCertificates } from '../support/client-auth.ts';
import { createFolder } from '../support/exporter-process.ts';
import { parseExposition } from '../support/exposition.ts';
import { ask } from '../support/https.ts';
import { type InProcessExporter, startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const keyId = secret('key id of the targets');
const key = secret('key of the targets');

let folder: Awaited<ReturnType<typeof createFolder>>;
const closing: (() => Promise<unknown>)[] = [];
/** Calls that hang until the test responds. */
const held: ServerResponse[] = [];
let hangs: (id: string) => boolean;
/** Regions whose list fails. */
let failing: Set<string>;
let tencent: SimulatedApi;
let oceanbase: SimulatedApi;
let postgres: PostgresInstance[];
let clusters: OceanBaseInstance[];

beforeAll(async () => {
  folder = await createFolder();
});
afterEach(async () => {
  for (const response of held.splice(0)) response.destroy();
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(() => folder.remove());

const database = (id: string, region: string): PostgresInstance => ({ id, region, sslEnabled: true, keys: [] });

/** Both clouds: what is given is only listed, and the rest of each test is configured. */
async function startClouds(): Promise<void> {
  hangs = () => false;
  failing = new Set();
  postgres = [database('postgres-a', 'ap-guangzhou'), database('postgres-b', 'ap-singapore')];
  clusters = [{ id: 'ob-1', ssl: { enableSSL: 'OPEN', validPeriod: '2040-01-01T00:00:00Z' } }];
  const intercept = ({ instanceId, response }: { instanceId: string; response: ServerResponse }) => {
    if (hangs(instanceId)) held.push(response);
    return hangs(instanceId);
  };
  tencent = await startPostgresApi({
    secretId: keyId,
    secretKey: key,
    instances: () => postgres,
    list: ({ region }) => (failing.has(region) ? { error: 'InternalError' } : undefined),
    intercept,
  });
  oceanbase = await startOceanBaseApi({
    accessKeyId: keyId,
    accessKeySecret: key,
    instances: () => clusters,
    intercept,
  });
  closing.push(
    () => tencent.close(),
    () => oceanbase.close(),
  );
}

/** Lets the API hang, and probes until a call of the instance is held. */
async function probeUntilHeld(probe: (seconds: number) => Promise<unknown>): Promise<void> {
  hangs = () => true;
  await expect
    .poll(async () => {
      await probe(0.01);
      return held.length;
    })
    .toBeGreaterThan(0);
}

/** How many calls of the instance are made at a time: those of its checks. */
const callsAtOnce = 2;

interface Settings {
  regions?: readonly string[];
  instances?: readonly Record<string, unknown>[];
  scrape?: Record<string, unknown>;
  flags?: readonly string[];
  /** Settings of the discovery. */
  discovery?: Record<string, unknown>;
}

let files = 0;

function configOf({ regions, instances = usual, scrape = {}, discovery = {} }: Settings): string {
  const keys = { secret_id: keyId, secret_key: key };
  const list = regions === undefined ? {} : { discovery: { regions, refresh_interval: '1s', ...discovery } };
  return stringify({
    scrape: { retries: 0, ...scrape },
    accounts: {
      pg: { provider: 'tencent_postgres', endpoint: tencent.url, ...keys, ...list },
      ob: {
        provider: 'oceanbase',
        endpoint: oceanbase.url,
        access_key_id: keyId,
        access_key_secret: key,
        rate_limits: { '*': 1000 },
      },
    },
    instances,
  });
}

const usual = [
  { account: 'pg', id: 'postgres-a', region: 'ap-guangzhou', name: 'orders', labels: { team: 'payments' } },
  { account: 'ob', id: 'ob-1', labels: { env: 'prod' } },
];

async function start(settings: Settings = {}): Promise<InProcessExporter & { config: string }> {
  const config = await folder.write(`${files++}.yaml`, configOf(settings));
  const exporter = await startInProcess({ config, flags: settings.flags ?? [] });
  closing.push(exporter.stop);
  return { ...exporter, config };
}

interface Group {
  targets: string[];
  labels: Record<string, string>;
}

async function targetsOf(url: string, headers = {}): Promise<Group[]> {
  const response = await ask(`${url}/sd`, { headers });
  expect([response.status, response.headers['content-type']]).toEqual([200, 'application/json']);
  return JSON.parse(response.body) as Group[];
}

/** The URL that Prometheus scrapes. */
function urlOf({ targets: [address = ''], labels }: Group): string {
  const parameters = Object.entries(labels).flatMap(([name, value]) =>
    name.startsWith('__param_') && value !== '' ? [[name.slice('__param_'.length), value]] : [],
  );
  const query = new URLSearchParams(Object.fromEntries(parameters) as Record<string, string>).toString();
  return `${labels['__scheme__'] ?? 'http'}://${address}${labels['__metrics_path__']}?${query}`;
}

const scrapeTimeout = (seconds: number) => ({ 'X-Prometheus-Scrape-Timeout-Seconds': String(seconds) });

/** Without values that differ from scrape to scrape. */
const stable = (exposition: string) =>
  parseExposition(exposition)
    .filter(({ name }) => name !== 'clouddb_cert_valid_days_remaining')
    .map((sample) => JSON.stringify(sample));

describe('/probe', () => {
  it.each([
    ['text', {}],
    ['OpenMetrics', { Accept: 'application/openmetrics-text;version=1.0.0' }],
  ])('has exactly the series that /metrics has of the instance, in %s', async (_, headers) => {
    await startClouds();
    const { url } = await start({ scrape: { refresh_interval: '1h' } });
    const all = await ask(`${url}/metrics`, { headers });
    for (const id of ['postgres-a', 'ob-1']) {
      const one = await ask(`${url}/probe?target=${id}`, { headers });
      expect([one.status, one.headers['content-type']]).toEqual([200, all.headers['content-type']]);
      const expected = stable(all.body).filter((sample) => sample.includes(`"instance_id":"${id}"`));
      expect(expected.length).toBeGreaterThan(5);
      expect(stable(one.body)).toEqual(expected);
      expect(one.body.endsWith('# EOF\n')).toBe(all.body.endsWith('# EOF\n'));
    }
  });

  it('calls the checks of this instance only, once for requests that come at once', async () => {
    await startClouds();
    const { url } = await start({ scrape: { request_timeout: '60s' } });
    await expect.poll(async () => (await ask(`${url}/-/ready`)).status).toBe(200);
    const probe = (seconds: number) => ask(`${url}/probe?target=ob-1&account=ob`, { headers: scrapeTimeout(seconds) });
    const { length } = tencent.arrivals;
    await probeUntilHeld(probe);
    await expect.poll(() => held.length).toBe(callsAtOnce);
    // While they hang, more requests start nothing.
    const answers = Promise.all(Array.from({ length: 20 }, () => probe(60)));
    await ask(`${url}/-/ready`);
    for (const response of held) response.writeHead(404).end();
    expect((await answers).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect([held.length, tencent.arrivals.length]).toEqual([callsAtOnce, length]);
  });

  it('is compressed, and answers HEAD without a body', async () => {
    await startClouds();
    const { url } = await start();
    const headers = { 'Accept-Encoding': 'gzip' };
    const [response] = (await once(get(`${url}/probe?target=ob-1`, { headers }), 'response')) as [IncomingMessage];
    expect(response.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept, Accept-Encoding' });
    expect(gunzipSync(await buffer(response)).toString()).toContain('clouddb_ssl_enabled');
    const head = await ask(`${url}/probe?target=ob-1`, { method: 'HEAD' });
    expect([head.status, head.body]).toEqual([200, '']);
  });

  it('refuses what names no instance of this exporter', async () => {
    await startClouds();
    const same = { id: 'same', region: 'ap-guangzhou' };
    const { url } = await start({
      instances: [
        ...usual,
        { account: 'pg', ...same },
        { account: 'pg', ...same, region: 'ap-tokyo' },
        { account: 'ob', ...same },
      ],
    });
    const answers = await Promise.all(
      [
        'target=nothing',
        'target=ob-1&account=pg',
        '',
        'target=',
        'target=ob-1&target=ob-1',
        'target=same',
        'target=same&account=pg',
      ].map(async (query) => {
        const { status, headers, body } = await ask(`${url}/probe?${query}`);
        expect(headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8' });
        return [query, status, body.trim().split('\n').slice(1)];
      }),
    );
    const ofAccount = ['account=pg&region=ap-guangzhou', 'account=pg&region=ap-tokyo'];
    expect(answers).toEqual([
      ['target=nothing', 404, []],
      ['target=ob-1&account=pg', 404, []],
      ['', 400, []],
      ['target=', 400, []],
      ['target=ob-1&target=ob-1', 400, []],
      ['target=same', 400, [...ofAccount, 'account=ob&region=ap-guangzhou']],
      ['target=same&account=pg', 400, ofAccount],
    ]);
    expect((await ask(`${url}/probe?target=ob-1`, { method: 'POST' })).status).toBe(405);
  });

  it('is answered at its deadline, with what is known', async () => {
    await startClouds();
    const { url } = await start({ flags: ['--scrape.timeout-offset=59s'], scrape: { request_timeout: '60s' } });
    const probe = (seconds: number) => ask(`${url}/probe?target=ob-1`, { headers: scrapeTimeout(seconds) });
    await expect.poll(async () => (await probe(60)).body).toContain('clouddb_ssl_enabled{');
    await probeUntilHeld(probe);
    const { status, body } = await probe(60);
    expect(status).toBe(200);
    expect(body).toContain('clouddb_ssl_enabled{');
  });

  it('beyond --web.max-requests for one target is answered 503, while others are not', async () => {
    await startClouds();
    hangs = (id) => id === 'ob-1';
    const { url } = await start({ flags: ['--web.max-requests=2'], scrape: { request_timeout: '60s' } });
    const statuses: number[] = [];
    const probes = Array.from({ length: 4 }, async () => {
      statuses.push((await ask(`${url}/probe?target=ob-1`, { headers: scrapeTimeout(60) })).status);
    });
    await expect.poll(() => statuses).toEqual([503, 503]);
    expect((await ask(`${url}/probe?target=postgres-a`)).status).toBe(200);
    for (const response of held) response.writeHead(404).end();
    await Promise.all(probes);
    expect(statuses).toEqual([503, 503, 200, 200]);
  });

  it('knows an instance that was added to the configuration file, and none that was removed', async () => {
    await startClouds();
    const { url, config } = await start({ instances: usual.slice(0, 1) });
    expect((await ask(`${url}/probe?target=ob-1`)).status).toBe(404);
    writeFileSync(config, configOf({ instances: usual.slice(1) }));
    const status = async (id: string) => (await ask(`${url}/probe?target=${id}`)).status;
    await expect
      .poll(async () => [await status('ob-1'), await status('postgres-a')], { timeout: 5000 })
      .toEqual([200, 404]);
  });

  it('of an instance that is not known is 503 until the lists that may have it are complete', async () => {
    await startClouds();
    failing.add('ap-singapore');
    const { url } = await start({ regions: ['ap-guangzhou', 'ap-singapore'], instances: [] });
    const probe = async (query: string) => {
      const { status, headers, body } = await ask(`${url}/probe?target=${query}`);
      return { status, retryAfter: headers['retry-after'], body };
    };
    const { status, body } = await probe('postgres-b');
    expect(status).toBe(503);
    expect(body).toMatch(/^account "pg", region "ap-singapore": unavailable: /m);
    expect(body).not.toContain('ap-guangzhou');
    expect(await probe('postgres-b&account=pg&region=ap-guangzhou')).toMatchObject({ status: 404 });
    expect(await probe('postgres-b&account=ob')).toMatchObject({ status: 404 });
    expect(await probe('postgres-a')).toMatchObject({ status: 200 });
    failing.clear();
    const timeout = 5000;
    await expect.poll(() => probe('postgres-b'), { timeout }).toMatchObject({ status: 200, retryAfter: undefined });
    expect(await probe('nothing')).toMatchObject({ status: 404 });
    postgres = [...postgres, database('postgres-new', 'ap-singapore')];
    await expect.poll(() => probe('postgres-new'), { timeout }).toMatchObject({ status: 200 });
  });
});

describe('/sd', () => {
  it('has a target for each instance, configured and found, that needs no relabelling', async () => {
    await startClouds();
    const { url } = await start({ regions: ['ap-guangzhou', 'ap-singapore'] });
    const groups = await targetsOf(url);
    expect(groups.toSorted((a, b) => ((a.labels['instance'] ?? '') < (b.labels['instance'] ?? '') ? -1 : 1))).toEqual([
      {
        targets: [new URL(url).host],
        labels: {
          __metrics_path__: '/probe',
          __param_target: 'ob-1',
          __param_account: 'ob',
          instance: 'ob-1',
          __meta_clouddb_provider: 'oceanbase',
          __meta_clouddb_account: 'ob',
          __meta_clouddb_cloud_region: '',
          __meta_clouddb_instance_id: 'ob-1',
          __meta_clouddb_instance_name: 'ob-1',
          __meta_clouddb_label_env: 'prod',
        },
      },
      {
        targets: [new URL(url).host],
        labels: {
          __metrics_path__: '/probe',
          __param_target: 'postgres-a',
          __param_account: 'pg',
          instance: 'postgres-a',
          __meta_clouddb_provider: 'tencent_postgres',
          __meta_clouddb_account: 'pg',
          __meta_clouddb_cloud_region: 'ap-guangzhou',
          __meta_clouddb_instance_id: 'postgres-a',
          __meta_clouddb_instance_name: 'orders',
          __meta_clouddb_label_team: 'payments',
        },
      },
      expect.objectContaining({ labels: expect.objectContaining({ instance: 'postgres-b' }) as unknown }),
    ]);
  });

  it('leads to each of several instances with one id, and their labels differ', async () => {
    await startClouds();
    const same = { id: 'same', region: 'ap-guangzhou' };
    const { url } = await start({
      instances: [
        { account: 'pg', ...same },
        { account: 'pg', ...same, region: 'ap-tokyo' },
        { account: 'ob', ...same, region: 'x' },
        { account: 'ob', id: 'same' },
        { account: 'ob', id: 'other' },
      ],
    });
    const groups = await targetsOf(url);
    const found = await Promise.all(
      groups.map(async (group) => {
        const { body } = await ask(urlOf(group));
        const {
          account = '',
          cloud_region: region = '',
          instance_id: id = '',
        } = parseExposition(body)[0]?.labels ?? {};
        return [group.labels['instance'], group.labels['__param_region'], `${account} ${region} ${id}`];
      }),
    );
    expect(found).toEqual([
      ['pg/ap-guangzhou/same', 'ap-guangzhou', 'pg ap-guangzhou same'],
      ['pg/ap-tokyo/same', 'ap-tokyo', 'pg ap-tokyo same'],
      ['ob/x/same', 'x', 'ob x same'],
      ['ob/same', undefined, 'ob  same'],
      ['other', undefined, 'ob  other'],
    ]);
  });

  it('is 503 while a list has never been complete, and says which; the last complete list is used after that', async () => {
    await startClouds();
    failing.add('ap-singapore');
    const { url } = await start({ regions: ['ap-guangzhou', 'ap-singapore'], instances: [] });
    const { status, body } = await ask(`${url}/sd`);
    expect(status).toBe(503);
    expect(body).toMatch(/^account "pg", region "ap-singapore": unavailable: /m);
    expect(body).not.toContain('ap-guangzhou');
    failing.clear();
    const sd = async () => (await ask(`${url}/sd`)).status;
    await expect.poll(sd, { timeout: 5000 }).toBe(200);
    failing.add('ap-singapore').add('ap-guangzhou');
    const { length } = tencent.arrivals;
    await expect
      .poll(async () => [await sd(), tencent.arrivals.length > length], { timeout: 5000 })
      .toEqual([200, true]);
    expect(await targetsOf(url)).toHaveLength(2);
  });

  it('has what is known once a list has been failing for longer than max_stale', async () => {
    await startClouds();
    failing.add('ap-singapore');
    const { url } = await start({ regions: ['ap-guangzhou', 'ap-singapore'], scrape: { max_stale: '1s' } });
    expect((await ask(`${url}/sd`)).status).toBe(503);
    await expect.poll(async () => (await ask(`${url}/sd`)).status, { timeout: 5000 }).toBe(200);
    expect((await targetsOf(url)).map(({ labels }) => labels['instance'])).toEqual(['postgres-a', 'ob-1']);
  });

  it('has the prefix and the host that the request was sent to, or those of the external URL', async () => {
    await startClouds();
    const { url } = await start({
      flags: ['--web.external-url=https://mon.example/clouddb/', '--web.route-prefix=/in'],
    });
    const of = async (headers: Record<string, string>) => {
      const [group] = await targetsOf(`${url}/in`, headers);
      return [group?.targets, group?.labels['__scheme__'], group?.labels['__metrics_path__']];
    };
    expect(await of({})).toEqual([[new URL(url).host], undefined, '/in/probe']);
    expect(await of({ Host: 'other:81' })).toEqual([['other:81'], undefined, '/in/probe']);
    const behind = [['mon.example:443'], 'https', '/clouddb/probe'];
    expect(await of({ Host: 'mon.example' })).toEqual(behind);
    expect(await of({ 'X-Forwarded-Host': 'mon.example' })).toEqual(behind);
    expect((await ask(`${url}/in/sd`, { headers: { Host: 'a b' } })).status).toBe(400);
  });

  it('has the local address for a request of HTTP/1.0 without a Host', async () => {
    await startClouds();
    const { url } = await start();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write('GET /sd HTTP/1.0\r\n\r\n');
    const answer = await textOf(socket);
    expect(answer).toContain(`"targets":["${hostname}:${port}"]`);
  });

  it('has the scheme of TLS', async () => {
    await startClouds();
    const { ca, server } = createCertificates();
    await folder.write('cert.pem', server.cert);
    await folder.write('key.pem', server.key);
    const web = await folder.write('web.yaml', 'tls_server_config: { cert_file: cert.pem, key_file: key.pem }\n');
    const { secureUrl } = await start({ flags: [`--web.config.file=${web}`] });
    const [group] = JSON.parse((await ask(`${secureUrl}/sd`, { ca })).body) as Group[];
    expect([group?.targets, group?.labels['__scheme__']]).toEqual([[new URL(secureUrl).host], 'https']);
    expect((await ask(urlOf(group as Group), { ca })).status).toBe(200);
  });

  it('is an empty list without instances', async () => {
    await startClouds();
    const { url } = await start({ instances: [] });
    expect(await targetsOf(url)).toEqual([]);
  });

  it('of the shards has each instance once, with labels that differ between shards', async () => {
    await startClouds();
    postgres = Array.from({ length: 12 }, (_, n) =>
      database(`postgres-${n}`, n % 2 === 0 ? 'ap-guangzhou' : 'ap-tokyo'),
    );
    const same = Array.from({ length: 6 }, (_, n) => ({ account: 'ob', id: 'same', region: `r${n}` }));
    const all: Group[] = [];
    for (const shard of [0, 1, 2]) {
      const flags = [`--shard=${shard}`, '--total-shards=3'];
      const { url } = await start({ regions: ['ap-guangzhou', 'ap-tokyo'], instances: same, flags });
      const groups = await targetsOf(url);
      for (const group of groups) expect((await ask(urlOf(group))).status).toBe(200);
      all.push(...groups);
    }
    expect(all).toHaveLength(18);
    expect(new Set(all.map(({ labels }) => labels['instance'])).size).toBe(18);
  });
});

it('at shutdown, requests that wait are answered', async () => {
  await startClouds();
  hangs = () => true;
  const { url, stop } = await start({ regions: ['ap-guangzhou'], scrape: { request_timeout: '60s' } });
  const headers = scrapeTimeout(60);
  const answers = Promise.all([
    ask(`${url}/probe?target=ob-1`, { headers }),
    ask(`${url}/probe?target=nothing`, { headers }),
    ask(`${url}/sd`),
  ]);
  await expect.poll(() => held.length).toBeGreaterThan(2);
  await stop();
  expect((await answers).map(({ status }) => status)).toEqual([200, 503, 503]);
});
