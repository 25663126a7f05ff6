// The exporter's own metrics, kept for the lifetime of the process in one prom-client registry.
import { performance } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { reasonNames } from '../model/failure.ts';
import type { ObservedAccount, Observer } from '../model/observer.ts';
import { type Family, lastingFamilies as family } from './catalogue.ts';

/** Version of the program and of its runtime. */
export interface BuildInfo {
  version: string;
  revision: string;
  nodeVersion: string;
}

/** The observer that counts, and the registry with the counters. */
export interface ExporterMetrics {
  observer: Observer;
  registry: Registry;
}

/** The labels of an account that select its counters. */
interface AccountLabels {
  provider: string;
  account: string;
}

// prom-client adds a sum to each of these as a gauge named _total, which is for counters; sum() gives the same.
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** @param processMetrics whether to include process_* and nodejs_* */
export function createExporterMetrics(build: BuildInfo, processMetrics: boolean): ExporterMetrics {
  const registry = new Registry();
  const instruments = createInstruments(registry);
  new Gauge(settingsOf(family.buildInfo, registry)).set(
    { version: build.version, revision: build.revision, node_version: build.nodeVersion },
    1,
  );
  if (processMetrics) addProcessMetrics(registry);
  return { registry, observer: createObserver(instruments) };
}

/**
 * prom-client's default metrics, without those that a scrape resets or sets for the next one: each of several servers
 * would see only a part. A counter has the time that the event loop was busy instead.
 */
function addProcessMetrics(registry: Registry): void {
  // The histogram of the event loop cannot be left out, but its timer of 10 ms can: it never fires at this resolution.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 2 ** 31 - 1 });
  for (const { name } of registry.getMetricsAsArray()) {
    if (misnamed.includes(name) || name.startsWith('nodejs_eventloop_lag_')) registry.removeSingleMetric(name);
  }
  const active = new Counter({
    name: 'nodejs_eventloop_active_seconds_total',
    help: 'Time in which the event loop was busy, not waiting for events.',
    collect() {
      this.reset();
      this.inc(performance.eventLoopUtilization().active / 1000);
    },
    registers: [],
  });
  registry.registerMetric(active);
}

function settingsOf({ name, help, labels }: Family, registry: Registry) {
  return { name, help, labelNames: [...labels], registers: [registry] };
}

type Instruments = ReturnType<typeof createInstruments>;

function createInstruments(registry: Registry) {
  return {
    checkFailures: new Counter(settingsOf(family.checkFailures, registry)),
    requests: new Counter(settingsOf(family.requests, registry)),
    requestFailures: new Counter(settingsOf(family.requestFailures, registry)),
    rateLimitWait: new Counter(settingsOf(family.rateLimitWait, registry)),
    clockSkew: new Gauge(settingsOf(family.clockSkew, registry)),
    credentialsRefresh: new Gauge(settingsOf(family.credentialsRefresh, registry)),
    credentialsExpiration: new Gauge(settingsOf(family.credentialsExpiration, registry)),
    requestDuration: new Histogram({
      ...settingsOf(family.requestDuration, registry),
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
  };
}

/** Every counter series of an account, with its labels. */
function countersOf(
  { checkFailures, requests, requestFailures, rateLimitWait }: Instruments,
  { name: account, provider, checks }: ObservedAccount,
): { metric: Counter; labels: Record<string, string> }[] {
  const ofChecks = checks.flatMap(({ name: check }) =>
    reasonNames.map((reason) => ({ metric: checkFailures, labels: { provider, account, check, reason } })),
  );
  const ofActions = checks.flatMap(({ action }) =>
    action === undefined
      ? []
      : [
          ...[requests, rateLimitWait].map((metric) => ({ metric, labels: { provider, account, action } })),
          ...reasonNames.map((reason) => ({ metric: requestFailures, labels: { provider, account, action, reason } })),
        ],
  );
  return [...ofChecks, ...ofActions];
}

function createObserver(instruments: Instruments): Observer {
  const { checkFailures, requests, requestFailures, rateLimitWait, requestDuration } = instruments;
  const { clockSkew, credentialsRefresh, credentialsExpiration } = instruments;
  /** By name. */
  const watched = new Map<string, ObservedAccount>();

  /** A late event must not recreate the series of a removed account. */
  const isWatched = ({ provider, account }: AccountLabels) => watched.get(account)?.provider === provider;
  function count(metric: Counter, labels: AccountLabels & Record<string, string>, by = 1): void {
    if (isWatched(labels)) metric.inc(labels, by);
  }

  return {
    watching(accounts) {
      const now = new Map(accounts.map((account) => [account.name, account]));
      for (const known of watched.values()) {
        const { name, provider, checks } = known;
        if (now.get(name) === known) continue;
        const kept = now.get(name)?.provider === provider ? now.get(name) : undefined;
        const names = new Set(kept?.checks.map((check) => check.name));
        const gone = checks.filter((check) => !names.has(check.name));
        for (const { metric, labels } of countersOf(instruments, { name, provider, checks: gone }))
          metric.remove(labels);
        if (kept !== undefined) continue;
        watched.delete(name);
        for (const metric of [clockSkew, credentialsRefresh, credentialsExpiration]) {
          metric.remove({ provider, account: name });
        }
      }
      for (const account of now.values()) {
        if (watched.get(account.name) === account) continue;
        watched.set(account.name, account);
        for (const { metric, labels } of countersOf(instruments, account)) metric.inc(labels, 0);
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
      if (!isWatched({ provider, account })) return;
      credentialsRefresh.set({ provider, account }, Number(successful));
      if (expiresAtSeconds === undefined) credentialsExpiration.remove({ provider, account });
      else credentialsExpiration.set({ provider, account }, expiresAtSeconds);
    },
    clockSkew: ({ provider, account }, seconds) => {
      if (isWatched({ provider, account })) clockSkew.set({ provider, account }, seconds);
    },
  };
}
