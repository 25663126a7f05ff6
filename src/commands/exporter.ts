// Wires a configuration, the collector and the metrics into one exporter, for every command that needs one.
import { type Collector, createCollector } from '../collector/collector.ts';
import type { ConfigSource } from '../config/config-file.ts';
import type { ReloadState } from '../files/reloadable.ts';
import { createCredentialSearch, withTimeout } from '../config/credential-search.ts';
import { aborted } from '../model/deadline.ts';
import type { Log } from '../model/log.ts';
import { createHttpClient } from '../http/client.ts';
import { readProxies } from '../http/proxy.ts';
import { stateFamilies } from '../metrics/catalogue.ts';
import { type BuildInfo, createExporterMetrics, type Format } from '../metrics/exporter-metrics.ts';
import { renderExposition } from '../metrics/exposition.ts';
import { instanceSamples, type Sample } from '../metrics/samples.ts';
import type { StatusInstance } from '../web/status-rows.ts';
import type { WebConfigSource } from '../web-config/web-config-source.ts';
import { programName } from './build-info.ts';
import { later, surroundings } from './surroundings.ts';

/** What an exporter is built from. */
export interface ExporterOptions {
  config: ConfigSource;
  /** undefined: the HTTP surface is not protected, or there is none. */
  webConfig?: WebConfigSource | undefined;
  build: BuildInfo;
  log: Log;
  /** Whether process_* and nodejs_* are shown. */
  processMetrics: boolean;
}

/** An exporter without an HTTP surface. */
export interface Exporter {
  /** Reads a changed configuration, then sweeps; see Collector.sweep. */
  sweep: Collector['sweep'];
  exposition: (format: Format) => Promise<{ body: string; contentType: string }>;
  status: () => StatusInstance[];
  progress: Collector['progress'];
  close: () => void;
}

/** Milliseconds for one request in the search for credentials, where a metadata service may not exist at all. */
const longestSearchMs = 5000;

/** Creates an exporter that has not asked anything yet. */
export function createExporter({ config, webConfig, build, log, processMetrics }: ExporterOptions): Exporter {
  const metrics = createExporterMetrics(build, processMetrics);
  const http = createHttpClient(
    `${programName}/${build.version}`,
    () => config.current().scrape.concurrency,
    readProxies(process.env),
  );
  const stopping = new AbortController();
  const around = surroundings();
  const collector = createCollector({
    watch: config.current,
    findCredentials: withTimeout(
      createCredentialSearch(config.current, {
        ...around,
        send: (request) => {
          const timeoutMs = Math.min(config.current().scrape.request_timeout, longestSearchMs);
          return http.send(request, { timeoutMs, signal: stopping.signal });
        },
      }),
      later,
    ),
    http: http.send,
    observer: metrics.observer,
    log,
    now: around.now,
    monotonic: around.monotonic,
    random: around.random,
    later,
  });

  function samplesOfInstances(): Sample[] {
    const { accounts, instances } = config.current();
    return instances.flatMap((instance) => {
      const checks = instance.checks.flatMap((check) => {
        const result = collector.result(instance, check);
        if (result === undefined) return [];
        const { facts, lastSuccessMs, last } = result;
        return [{ check, facts, lastSuccessMs, succeeded: last.failure === undefined, durationMs: last.durationMs }];
      });
      return instanceSamples(instance, accounts.get(instance.account)?.provider.engine ?? '', checks, Date.now());
    });
  }

  function samplesOfState(): Sample[] {
    const { pending, lastSweepSeconds } = collector.progress();
    const { accounts, instances, shard } = config.current();
    const { successful, lastSuccessMs } = config.state();
    return [
      ...(lastSweepSeconds === undefined
        ? []
        : [{ family: stateFamilies.sweepDuration, labels: {}, value: lastSweepSeconds }]),
      { family: stateFamilies.sweepPending, labels: {}, value: pending },
      ...[...accounts.values()].map(({ name, provider }) => ({
        family: stateFamilies.instances,
        labels: { provider: provider.id, account: name },
        value: instances.filter(({ account }) => account === name).length,
      })),
      { family: stateFamilies.shardOrdinal, labels: {}, value: shard.shard },
      { family: stateFamilies.totalShards, labels: {}, value: shard.totalShards },
      { family: stateFamilies.reloadSuccessful, labels: {}, value: Number(successful) },
      { family: stateFamilies.reloadSuccessTime, labels: {}, value: lastSuccessMs / 1000 },
      ...(webConfig === undefined ? [] : samplesOfWebConfig(webConfig.state())),
    ];
  }

  function samplesOfWebConfig({ successful, lastSuccessMs }: ReloadState): Sample[] {
    return [
      { family: stateFamilies.webReloadSuccessful, labels: {}, value: Number(successful) },
      { family: stateFamilies.webReloadSuccessTime, labels: {}, value: lastSuccessMs / 1000 },
    ];
  }

  return {
    async sweep(signal, company) {
      // A file system that hangs must not hold up a scrape: then the configuration in force serves on.
      await Promise.race([config.refresh(), ...(signal === undefined ? [] : [aborted(signal)])]);
      await collector.sweep(signal, company);
    },
    exposition: (format) =>
      renderExposition({
        format,
        instanceSamples: samplesOfInstances(),
        instanceLabels: [
          ...new Set(config.current().instances.flatMap(({ labels }) => Object.keys(labels))),
        ].toSorted(),
        stateSamples: samplesOfState(),
        exporter: metrics.registry(format),
      }),
    status: () =>
      config.current().instances.map((instance) => ({
        instance,
        checks: instance.checks.map((check) => {
          const result = collector.result(instance, check);
          return {
            check,
            facts: result?.facts,
            factsAtMs: result?.factsAtMs,
            endedAtMs: result?.last.endedAtMs,
            failure: result?.last.failure,
          };
        }),
      })),
    progress: collector.progress,
    close() {
      collector.stop();
      stopping.abort();
      http.close();
    },
  };
}
