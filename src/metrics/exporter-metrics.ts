// The exporter's own counters, which last as long as the process, once for each exposition format.
import { Counter, collectDefaultMetrics, Gauge, Histogram, type OpenMetricsContentType, Registry } from 'prom-client';
import { reasonNames } from '../model/failure.ts';
import type { Observer } from '../model/observer.ts';
import type { Provider } from '../model/provider.ts';
import { type Family, lastingFamilies as family } from './catalogue.ts';

/** What the build tells of itself. */
export interface BuildInfo {
  version: string;
  revision: string;
  nodeVersion: string;
}

/** Format of an exposition: text format 0.0.4 or OpenMetrics 1.0.0. */
export type Format = 'text' | 'openmetrics';

/** The exporter's own metrics: what they are told, and the registry to show in a format. */
export interface ExporterMetrics {
  observer: Observer;
  registry: (format: Format) => Registry;
}

/** An empty registry that renders a format. */
export function createRegistry(format: Format): Registry {
  if (format === 'text') return new Registry();
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  // The type of a registry carries its content type, which nothing here depends on.
  return registry as unknown as Registry;
}

/**
 * Two sets of instruments, because prom-client 15.1.3 renames the counters of a registry for good when it is
 * rendered as OpenMetrics once.
 * @param processMetrics whether process_* and nodejs_* belong to it
 */
export function createExporterMetrics(build: BuildInfo, processMetrics: boolean): ExporterMetrics {
  const registries = { text: createRegistry('text'), openmetrics: createRegistry('openmetrics') };
  const sets = Object.values(registries).map((registry) => createInstruments(registry, build, processMetrics));
  return {
    registry: (format) => registries[format],
    observer: {
      watching: (accounts) => sets.forEach((set) => set.watching(accounts)),
      requestSent: (labels) => sets.forEach((set) => set.requestSent(labels)),
      requestEnded: (labels, seconds) => sets.forEach((set) => set.requestEnded(labels, seconds)),
      requestFailed: (labels, reason) => sets.forEach((set) => set.requestFailed(labels, reason)),
      waitedForLimit: (labels, seconds) => sets.forEach((set) => set.waitedForLimit(labels, seconds)),
      checkFailed: (labels, reason) => sets.forEach((set) => set.checkFailed(labels, reason)),
      credentialsRead: (labels, state) => sets.forEach((set) => set.credentialsRead(labels, state)),
      clockSkew: (labels, seconds) => sets.forEach((set) => set.clockSkew(labels, seconds)),
    },
  };
}

// The sums that prom-client adds to these break the rule that _total is for counters; sum() gives the same.
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

function createInstruments(registry: Registry, build: BuildInfo, processMetrics: boolean): Observer {
  const settings = ({ name, help, labels }: Family) => ({ name, help, labelNames: [...labels], registers: [registry] });
  const checkFailures = new Counter(settings(family.checkFailures));
  const requests = new Counter(settings(family.requests));
  const requestFailures = new Counter(settings(family.requestFailures));
  const rateLimitWait = new Counter(settings(family.rateLimitWait));
  const clockSkew = new Gauge(settings(family.clockSkew));
  const credentialsRefresh = new Gauge(settings(family.credentialsRefresh));
  const credentialsExpiration = new Gauge(settings(family.credentialsExpiration));
  const requestDuration = new Histogram({
    ...settings(family.requestDuration),
    buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  new Gauge(settings(family.buildInfo)).set(
    { version: build.version, revision: build.revision, node_version: build.nodeVersion },
    1,
  );
  if (processMetrics) collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);

  const watched = new Map<string, { name: string; provider: Provider }>();
  const keyOf = (provider: string, account: string) => JSON.stringify([provider, account]);

  /** Every counter series of an account. */
  function series({ name: account, provider: { id: provider, checks } }: { name: string; provider: Provider }) {
    return Object.entries(checks).flatMap(([check, { action }]) => [
      ...[requests, rateLimitWait].map((metric) => ({ metric, labels: { provider, account, action } })),
      ...reasonNames.flatMap((reason) => [
        { metric: checkFailures, labels: { provider, account, check, reason } },
        { metric: requestFailures, labels: { provider, account, action, reason } },
      ]),
    ]);
  }

  /** Counts only for accounts that are watched: what ends late must not bring back the series of one that is gone. */
  function count(
    metric: Counter,
    labels: { provider: string; account: string } & Record<string, string>,
    by = 1,
  ): void {
    if (watched.has(keyOf(labels.provider, labels.account))) metric.inc(labels, by);
  }

  return {
    watching(accounts) {
      const now = new Set(accounts.map(({ name, provider }) => keyOf(provider.id, name)));
      for (const [key, account] of watched) {
        if (now.has(key)) continue;
        watched.delete(key);
        for (const { metric, labels } of series(account)) metric.remove(labels);
        for (const metric of [clockSkew, credentialsRefresh, credentialsExpiration]) {
          metric.remove({ provider: account.provider.id, account: account.name });
        }
      }
      for (const account of accounts) {
        const key = keyOf(account.provider.id, account.name);
        if (watched.has(key)) continue;
        watched.set(key, account);
        for (const { metric, labels } of series(account)) metric.inc(labels, 0);
      }
    },
    requestSent: ({ provider, account, action }) => count(requests, { provider, account, action }),
    requestEnded: ({ provider, action }, seconds) => requestDuration.observe({ provider, action }, seconds),
    requestFailed: ({ provider, account, action }, reason) =>
      count(requestFailures, { provider, account, action, reason }),
    waitedForLimit: ({ provider, account, action }, seconds) =>
      count(rateLimitWait, { provider, account, action }, seconds),
    checkFailed: ({ provider, account, check }, reason) => count(checkFailures, { provider, account, check, reason }),
    credentialsRead: ({ provider, account }, { successful, expiresAtSeconds }) => {
      if (!watched.has(keyOf(provider, account))) return;
      credentialsRefresh.set({ provider, account }, Number(successful));
      if (expiresAtSeconds === undefined) credentialsExpiration.remove({ provider, account });
      else credentialsExpiration.set({ provider, account }, expiresAtSeconds);
    },
    clockSkew: ({ provider, account }, seconds) => {
      if (watched.has(keyOf(provider, account))) clockSkew.set({ provider, account }, seconds);
    },
  };
}
