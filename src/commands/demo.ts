// `demo`: the exporter with simulated clouds, which run in this process and are called over HTTP on loopback.
import type { Account, Config } from '../config/config.ts';
import type { ConfigSource } from '../config/config-file.ts';
import { chosenChecks } from '../config/instance-checks.ts';
import { scrapeSchema } from '../config/schema.ts';
import { simulatedClouds } from '../demo/index.ts';
import type { DemoDiscovery, DemoInstance, DemoProbe, SimulatedCloud } from '../demo/simulated-cloud.ts';
import { parseDatabaseAddress, type TlsProbe } from '../model/database.ts';
import type { Discovery } from '../model/discovery.ts';
import { instanceFindings } from '../model/finding.ts';
import type { Instance } from '../model/instance.ts';
import type { Provider } from '../model/provider.ts';
import { defaultThresholds } from '../model/thresholds.ts';
import { providers } from '../providers/index.ts';
import type { ServeFlags } from './serve.ts';

/** Milliseconds for which a list of instances is not requested again. */
const refreshIntervalMs = 300_000;

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
      await Promise.all(started.map(({ close }) => close()));
    },
  };
}

async function startCloud(cloud: SimulatedCloud, nowMs: number) {
  const provider = providers.find(({ id }) => id === cloud.provider);
  if (provider === undefined) throw new Error(`the demo needs the provider ${cloud.provider}`);
  const { api, credentials, instances, discovery, close } = await cloud.start(nowMs);
  const secrets = Object.entries(credentials).map(([field, value]) => [field, { from: 'value' as const, value }]);
  const name = `${cloud.provider.replaceAll('_', '-')}-demo`;
  const account: Account = {
    name,
    provider,
    settings: { endpoint: api.url },
    rateLimits: {},
    secrets: Object.fromEntries(secrets) as Account['secrets'],
    discovery: discovered(discovery, name, provider),
  };
  return { account, instances: instances.map((instance) => configured(instance, account)), close };
}

function discovered(
  { regions = [''], tags, tagLabels }: DemoDiscovery,
  account: string,
  provider: Provider,
): Discovery {
  return {
    regions,
    tags,
    exclude: new Set(),
    refreshIntervalMs,
    tagLabels: tagLabels.map((tag) => ({ tag, label: tag })),
    template: { account, provider: provider.id, checks: chosenChecks(undefined, provider, { probed: false }) },
  };
}

function configured(
  { id, region = '', name, labels, accept = [], tlsProbe }: DemoInstance,
  account: Account,
): Instance {
  return {
    account: account.name,
    provider: account.provider.id,
    id,
    region,
    name,
    labels,
    checks: chosenChecks(undefined, account.provider, { probed: tlsProbe !== undefined }),
    accept: accept.flatMap(({ finding, ...rest }) =>
      instanceFindings.flatMap((known) => (known === finding ? { finding: known, ...rest } : [])),
    ),
    ...(tlsProbe && { tlsProbe: toTlsProbe(tlsProbe) }),
  };
}

function toTlsProbe({ address, serverName, ca }: DemoProbe): TlsProbe {
  return {
    address: address === undefined ? undefined : parseDatabaseAddress(address),
    serverName,
    ca,
    plaintext: true,
  };
}

/** The text with the addresses to open. @param origin `http://HOST:PORT`, the host as it was bound */
export function demoWelcome({ config }: Demo, origin: string, { base, telemetryPath }: ServeFlags): string {
  const url = origin.replace(/\/\/(?:\[::\]|0\.0\.0\.0):/, '//localhost:') + base.routePrefix;
  const { accounts, instances } = config.current();
  return `
  The demo is running: ${accounts.size} simulated clouds over real HTTP, with real signatures and TLS.
  ${instances.length} of their databases are configured, the others are discovered.

    Status page         ${url}/
    Prometheus metrics  ${url}${telemetryPath}

  Press Ctrl+C to stop.

`;
}
