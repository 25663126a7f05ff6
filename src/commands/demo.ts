// `demo`: the exporter with simulated clouds, which run in this process and are called over HTTP on loopback.
import type { Account, Config } from '../config/config.ts';
import type { ConfigSource } from '../config/config-file.ts';
import { scrapeSchema } from '../config/schema.ts';
import { simulatedClouds } from '../demo/index.ts';
import type { SimulatedCloud } from '../demo/simulated-cloud.ts';
import { instanceFindings } from '../model/finding.ts';
import type { Instance } from '../model/instance.ts';
import { defaultThresholds } from '../model/thresholds.ts';
import { providers } from '../providers/index.ts';
import type { ServeFlags } from './serve.ts';

/** The simulated clouds and a configuration for them. */
export interface Demo {
  config: ConfigSource;
  close: () => Promise<void>;
}

/** Starts the simulated clouds on free loopback ports, with credentials generated for this run. */
export async function startDemo(nowMs: number): Promise<Demo> {
  const started = await Promise.all(simulatedClouds.map((cloud) => startCloud(cloud, nowMs)));
  const config: Config = {
    scrape: scrapeSchema.parse({}),
    thresholds: defaultThresholds,
    accounts: new Map(started.map(({ account }) => [account.name, account])),
    instances: started.flatMap(({ instances }) => instances),
    folder: '.',
    warnings: [],
  };
  return {
    config: {
      current: () => config,
      refresh: () => Promise.resolve([]),
      state: () => ({ successful: true, lastSuccessMs: nowMs }),
    },
    close: async () => {
      await Promise.all(started.map(({ api }) => api.close()));
    },
  };
}

async function startCloud(cloud: SimulatedCloud, nowMs: number) {
  const provider = providers.find(({ id }) => id === cloud.provider);
  if (provider === undefined) throw new Error(`the demo needs the provider ${cloud.provider}`);
  const { api, credentials } = await cloud.start(nowMs);
  const secrets = Object.entries(credentials).map(([field, value]) => [field, { from: 'value' as const, value }]);
  const account: Account = {
    name: `${cloud.provider.replaceAll('_', '-')}-demo`,
    provider,
    settings: { endpoint: api.url },
    rateLimits: {},
    secrets: Object.fromEntries(secrets) as Account['secrets'],
  };
  const instances = cloud.instances(nowMs).map(
    ({ id, region = '', name, labels, accept = [] }): Instance => ({
      account: account.name,
      provider: provider.id,
      id,
      region,
      name,
      labels,
      checks: provider.checks.map((check) => check.name),
      accept: accept.flatMap(({ finding, ...rest }) =>
        instanceFindings.flatMap((known) => (known === finding ? { finding: known, ...rest } : [])),
      ),
    }),
  );
  return { api, account, instances };
}

/** The text with the addresses to open. @param origin `http://HOST:PORT`, the host as it was bound */
export function demoWelcome(origin: string, { base, telemetryPath }: ServeFlags): string {
  const url = origin.replace(/\/\/(?:\[::\]|0\.0\.0\.0):/, '//localhost:') + base.routePrefix;
  const instances = simulatedClouds.flatMap((cloud) => cloud.instances(0)).length;
  return `
  The demo is running: ${simulatedClouds.length} simulated clouds, ${instances} database instances, real HTTP and signatures.

    Status page         ${url}/
    Prometheus metrics  ${url}${telemetryPath}

  Press Ctrl+C to stop.

`;
}
