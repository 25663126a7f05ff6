// Several exporters that share a fleet.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startOceanBaseApi } from '../../src/demo/oceanbase/oceanbase-api.ts';
import { createFolder } from '../support/exporter-process.ts';
import { scrape, valuesOf } from '../support/exposition.ts';
import { type InProcessExporter, startInProcess } from '../support/in-process.ts';
import { secret } from '../support/secret.ts';

const ids = Array.from({ length: 40 }, (_, index) => `ob-${index}`);
const running: InProcessExporter[] = [];
let folder: Awaited<ReturnType<typeof createFolder>>;

beforeAll(async () => {
  folder = await createFolder();
});
afterEach(async () => {
  for (const exporter of running.splice(0)) await exporter.stop();
});
afterAll(() => folder.remove());

/** The instances that each of some exporters shows. */
async function shownBy(total: number, config: string): Promise<string[][]> {
  const shown: string[][] = [];
  for (let shard = 0; shard < total; shard++) {
    const flags = [`--shard=${shard}`, `--total-shards=${total}`];
    const exporter = await startInProcess({ config, flags });
    running.push(exporter);
    const samples = await scrape(exporter.url);
    expect(valuesOf(samples, 'clouddb_exporter_shard_ordinal')).toEqual([shard]);
    expect(valuesOf(samples, 'clouddb_exporter_total_shards')).toEqual([total]);
    const of = (name: string) =>
      samples.filter((sample) => sample.name === name).map(({ labels }) => labels['instance_id'] ?? '');
    expect(of('clouddb_ssl_enabled').toSorted()).toEqual(of('clouddb_instance_info').toSorted());
    expect(valuesOf(samples, 'clouddb_exporter_instances')).toEqual([of('clouddb_instance_info').length]);
    shown.push(of('clouddb_instance_info'));
  }
  return shown;
}

describe('shards', () => {
  it('show each instance exactly once; an additional shard moves only its own instances', async () => {
    const api = await startOceanBaseApi({
      accessKeyId: secret('id'),
      accessKeySecret: secret('key'),
      instances: ids.map((id) => ({ id, ssl: { enableSSL: 'OPEN' } })),
    });
    const config = await folder.write(
      'config.yaml',
      stringify({
        accounts: {
          ob: {
            provider: 'oceanbase',
            endpoint: api.url,
            access_key_id: secret('id'),
            access_key_secret: secret('key'),
            rate_limits: { '*': 1000 },
          },
        },
        instances: ids.map((id) => ({ id })),
      }),
    );

    const two = await shownBy(2, config);
    expect(two.flat().toSorted()).toEqual(ids.toSorted());
    const three = await shownBy(3, config);
    expect(three.flat().toSorted()).toEqual(ids.toSorted());
    for (const shard of [0, 1]) for (const id of three[shard] ?? []) expect(two[shard]).toContain(id);

    await api.close();
  });

  it('are reported when there are more of them than calls a second of an account', async () => {
    const config = await folder.write(
      'thin.yaml',
      stringify({
        accounts: {
          ob: {
            provider: 'oceanbase',
            endpoint: 'http://127.0.0.1:1',
            access_key_id: secret('id'),
            access_key_secret: secret('key'),
          },
        },
      }),
    );
    const many = await startInProcess({ config, flags: ['--total-shards=11'] });
    running.push(many);
    await many.logged('more shards than calls per second');
    const enough = await startInProcess({ config, flags: ['--total-shards=10'] });
    running.push(enough);
    await scrape(enough.url);
    expect(enough.stderr()).not.toContain('more shards');
  });
});
