// Three shards of a discovered fleet behind one job of a real Prometheus: each instance exactly once, the limits shared.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type PostgresInstance, startPostgresApi } from '../../src/demo/tencent/postgres-api.ts';
import { startExporter } from '../support/exporter-process.ts';
import { secret } from '../support/secret.ts';
import { createPeerFolder, findPeer, startPrometheus } from './peer.ts';
import { queryPrometheus } from './prometheus-api.ts';

const prometheus = findPeer('prometheus');
const regions = ['ap-guangzhou', 'ap-tokyo', 'ap-singapore'];
const limits = { DescribeDBInstanceSSLConfig: 20, DescribeEncryptionKeys: 1000, DescribeDBInstances: 6 };
const secretId = secret('shards id');
const secretKey = secret('shards');

const cleanup: (() => unknown)[] = [];
let fleet: PostgresInstance[] = Array.from({ length: 90 }, (_, i) => ({
  id: `postgres-${i}`,
  region: regions[i % regions.length] ?? '',
  sslEnabled: i % 2 === 0,
  keys: [],
  tags: { team: `team-${i % 4}` },
}));
let cloud: Awaited<ReturnType<typeof startPostgresApi>>;
let api = '';

const valueOf = async (expression: string) =>
  Number((await queryPrometheus(api, expression))[0]?.value[1] ?? Number.NaN);

describe.skipIf(prometheus.missing)('three shards of a discovered fleet', () => {
  beforeAll(async () => {
    const folder = await createPeerFolder();
    cleanup.push(() => folder.remove());
    cloud = await startPostgresApi({ secretId, secretKey, instances: () => fleet });
    cleanup.push(() => cloud.close());
    const account = {
      provider: 'tencent_postgres',
      endpoint: cloud.url,
      secret_id: secretId,
      secret_key: secretKey,
      rate_limits: limits,
      discovery: { regions, refresh_interval: '2s', tag_labels: ['team'] },
    };
    const config = await folder.write('config.yaml', JSON.stringify({ accounts: { t: account } }));
    const targets: string[] = [];
    for (const shard of [0, 1, 2]) {
      const exporter = await startExporter({ config, flags: [`--shard=${shard}`, '--total-shards=3'] });
      cleanup.push(() => exporter.stop());
      targets.push(new URL(exporter.url).host);
    }
    const job = { job_name: 'clouddb', scrape_interval: '2s', scrape_timeout: '2s', static_configs: [{ targets }] };
    const server = await startPrometheus(prometheus.path, folder, JSON.stringify({ scrape_configs: [job] }));
    cleanup.push(() => server.stop());
    api = `${server.url}/api/v1`;
    await vi.waitFor(
      async () => {
        const known = await valueOf('count(clouddb_ssl_enabled)');
        if (known !== 90) throw new Error(`${known} of 90 instances are known`);
      },
      { timeout: 60_000, interval: 500 },
    );
  }, 120_000);

  afterAll(async () => {
    for (const end of cleanup.splice(0).toReversed()) await end();
  });

  it('have each instance exactly once, and all have some', async () => {
    expect(await valueOf('count(clouddb_instance_info)')).toBe(90);
    expect(await valueOf('count(count by (cloud_region, instance_id) (clouddb_instance_info))')).toBe(90);
    expect(await valueOf('sum(clouddb_discovery_instances)')).toBe(90);
    expect(await valueOf('min(sum by (instance) (clouddb_discovery_instances)) > 0')).toBeGreaterThan(0);
    expect(await valueOf('count(count by (team) (clouddb_ssl_enabled == 1))')).toBe(2);
  });

  it('drop what is deleted, and add what is created', async () => {
    fleet = [...fleet.slice(10), { id: 'postgres-new', region: 'ap-tokyo', sslEnabled: true, keys: [] }];
    await vi.waitFor(
      async () => {
        expect(await valueOf('count(clouddb_instance_info)')).toBe(81);
        expect(await valueOf('count(clouddb_ssl_enabled{instance_id="postgres-new"})')).toBe(1);
      },
      { timeout: 30_000, interval: 500 },
    );
  });

  it('keep the limits of their key together, for lists as for checks', () => {
    for (const [name, limit] of Object.entries(limits)) {
      const times = cloud.arrivals.filter(({ action }) => action === name).map(({ atMs }) => atMs);
      expect(times.length).toBeGreaterThan(0);
      for (const from of times) {
        expect(times.filter((at) => at >= from && at < from + 1000).length).toBeLessThanOrEqual(limit);
      }
    }
  });
});
