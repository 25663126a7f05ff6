// A promise about the CPU of a TLS probe, beside blackbox_exporter.
import { writeFileSync } from 'node:fs';
import { valuesOf } from '../test/support/exposition.ts';
import { startBlackbox } from './support/blackbox.ts';
import { startMeasured } from './support/exporter.ts';
import { atMost, type Finding } from './support/finding.ts';
import { newPath } from './support/folder.ts';
import { median } from './support/numbers.ts';
import { type Postgres, startPostgres } from './support/postgres.ts';
import { scrape } from './support/requests.ts';
import { scrapeSamples } from './support/simulated.ts';

const instances = 150;
/** New connections of the exporter. */
const perSecond = 50;
/** Sweeps until V8 has compiled what a probe runs. */
const warmUps = 12;
const rounds = 5;

/**
 * As both are used: one scrape with all databases in it, and one request for each. At the same time, for the same pace and
 * the same load of the machine.
 */
export async function benchProbe(): Promise<Finding[]> {
  const promise = `CPU of a TLS probe of PostgreSQL, scrapes of ${instances} included, at most 1.0 x of blackbox_exporter`;
  const postgres = await startPostgres();
  const blackbox = await startBlackbox(postgres);
  if ('reason' in blackbox) {
    await postgres.stop();
    if (process.env['CI'] === 'true') return [{ promise, measured: blackbox.reason, kept: false }];
    console.log(`skipped ${promise}: ${blackbox.reason}`);
    return [];
  }
  const exporter = await startMeasured(writeConfig(postgres));
  const { samples } = await scrapeSamples(exporter.url, 60);
  const trusted = valuesOf(samples, 'clouddb_cert_trusted').filter((value) => value === 1).length;
  if (trusted !== instances) throw new Error(`only ${trusted} of ${instances} probes succeeded`);
  const own: number[] = [];
  const others: number[] = [];
  for (let round = 0; round < warmUps + rounds; round++) {
    const both = [exporter.cpuOf(() => scrape(exporter.url)), blackbox.cpuMs(instances, perSecond)];
    const [ownMs = 0, otherMs = 0] = await Promise.all(both);
    own.push(ownMs / instances);
    others.push(otherMs / instances);
  }
  await exporter.stop();
  await blackbox.stop();
  await postgres.stop();
  const ratio = median(own.map((ms, round) => ms / (others[round] ?? Number.NaN)).slice(warmUps));
  const [ownMs, otherMs] = [own, others].map((each) => `${median(each.slice(warmUps)).toFixed(2)} ms`);
  return [atMost(promise, 1, ratio, `${ratio.toFixed(2)} x (${ownMs}, ${otherMs})`)];
}

/** Instances of one account. @returns the file */
function writeConfig({ addresses, port, caFile }: Postgres): string {
  const config = {
    accounts: {
      probed: {
        provider: 'tencent_postgres',
        secret_id: 'id',
        secret_key: 'key',
        tls_probe: { server_name: 'localhost', ca_file: caFile },
      },
    },
    instances: Array.from({ length: instances }, (_, index) => ({
      id: `postgres-${index}`,
      region: 'ap-guangzhou',
      checks: ['tls'],
      tls_probe: { address: `${addresses[index % addresses.length]}:${port}` },
    })),
  };
  const file = newPath('.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  return file;
}
