// `demo`: the exporter against both clouds, simulated in this process over real HTTP on loopback.
import { randomBytes } from 'node:crypto';
import type { Account, Config } from '../config/config.ts';
import type { ConfigSource } from '../config/config-file.ts';
import { scrapeSchema } from '../config/schema.ts';
import { demoFleet } from '../demo/demo-fleet.ts';
import { startOceanBaseApi } from '../demo/oceanbase/oceanbase-api.ts';
import type { SimulatedApi } from '../demo/simulated-api.ts';
import { startTencentApi } from '../demo/tencent/tencent-api.ts';
import type { Instance } from '../model/instance.ts';
import type { Provider } from '../model/provider.ts';
import { providers } from '../providers/index.ts';

/** The two simulated clouds, and a configuration that points at them. */
export interface Demo {
  config: ConfigSource;
  close: () => Promise<void>;
}

/** Starts the simulated clouds on free loopback ports, with keys made up for this run. */
export async function startDemo(nowMs: number): Promise<Demo> {
  const fleet = demoFleet(nowMs);
  const tencentKeys = {
    secret_id: `DEMOID${randomBytes(8).toString('hex')}`,
    secret_key: randomBytes(16).toString('hex'),
  };
  const oceanbaseKeys = {
    access_key_id: `demo-${randomBytes(8).toString('hex')}`,
    access_key_secret: randomBytes(16).toString('hex'),
  };
  const tencent = await startTencentApi({
    secretId: tencentKeys.secret_id,
    secretKey: tencentKeys.secret_key,
    instances: fleet.tencent,
    latencyMs: 40,
  });
  const oceanbase = await startOceanBaseApi({
    accessKeyId: oceanbaseKeys.access_key_id,
    accessKeySecret: oceanbaseKeys.access_key_secret,
    instances: fleet.oceanbase,
    latencyMs: 40,
  });

  const accounts = new Map<string, Account>([
    ['tencent-demo', demoAccount('tencent-demo', 'tencent_postgres', tencent, tencentKeys)],
    ['oceanbase-demo', demoAccount('oceanbase-demo', 'oceanbase', oceanbase, oceanbaseKeys)],
  ]);
  const instances = fleet.instances.map((entry): Instance => {
    const [name, account] = [...accounts].find(([, { provider }]) => provider.id === entry.provider) ?? [];
    return {
      account: name ?? '',
      provider: entry.provider,
      id: entry.id,
      region: entry.region ?? '',
      name: entry.name,
      labels: entry.labels,
      checks: account?.provider.checks.map((check) => check.name) ?? [],
    };
  });
  const config: Config = { scrape: scrapeSchema.parse({}), accounts, instances, folder: '.' };
  return {
    config: {
      current: () => config,
      refresh: () => Promise.resolve([]),
      state: () => ({ successful: true, lastSuccessMs: nowMs }),
    },
    close: async () => {
      await Promise.all([tencent.close(), oceanbase.close()]);
    },
  };
}

function demoAccount(name: string, id: Provider['id'], api: SimulatedApi, keys: Record<string, string>): Account {
  const provider = providers.find((known) => known.id === id);
  if (provider === undefined) throw new Error(`the demo needs the provider ${id}`);
  const secrets = Object.fromEntries(
    Object.entries(keys).map(([field, value]) => [field, { from: 'value' as const, value }]),
  );
  return { name, provider, settings: { endpoint: api.url }, rateLimits: {}, secrets };
}

/** What a person is told to open. @param base `http://HOST:PORT`, the host as it was bound */
export function demoWelcome(base: string): string {
  const url = base.replace(/\/\/(?:\[::\]|0\.0\.0\.0):/, '//localhost:');
  return `
  The demo is running: two simulated clouds, ${demoFleet(0).instances.length} database instances, real HTTP and signatures.

    Fleet at a glance   ${url}/
    Prometheus metrics  ${url}/metrics

  Ctrl-C ends it.

`;
}
