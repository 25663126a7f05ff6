// Wires a configuration, the collector and the metrics into one exporter, for every command that needs one.
import { type Collector, createCollector } from '../collector/collector.ts';
import type { ConfigSource, ReloadState } from '../config/config-file.ts';
import { createCredentialSearch } from '../config/credential-search.ts';
import { createFleetSource } from '../fleet/fleet.ts';
import { createHttpClient } from '../http/client.ts';
import { readProxies } from '../http/proxy.ts';
import { stateFamilies } from '../metrics/catalogue.ts';
import { type BuildInfo, createExporterMetrics, type Format } from '../metrics/exporter-metrics.ts';
import { renderExposition } from '../metrics/exposition.ts';
import { instanceSamples, type Sample } from '../metrics/samples.ts';
import { aborted } from '../model/deadline.ts';
import { isFailing } from '../model/knowledge.ts';
import type { Log } from '../model/log.ts';
import type { Shard } from '../model/shard.ts';
import type { WebConfigSource } from '../web-config/web-config-source.ts';
import { programName } from './build-info.ts';
import { credentialTools, processClock } from './process-tools.ts';

/** What an exporter is built from. */
export interface ExporterOptions {
  config: ConfigSource;
  shard: Shard;
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
  /** What is known now of every instance. */
  knowledge: Collector['knowledge'];
  progress: Collector['progress'];
  close: () => void;
}

/** Milliseconds for one request in the search for credentials, where a metadata service may not exist at all. */
const maxSearchRequestMs = 5000;

/** Creates an exporter that has not asked anything yet. */
export function createExporter({ config, shard, webConfig, build, log, processMetrics }: ExporterOptions): Exporter {
  const metrics = createExporterMetrics(build, processMetrics);
  const http = createHttpClient(
    `${programName}/${build.version}`,
    () => config.current().scrape.concurrency,
    readProxies(process.env),
  );
  const stopping = new AbortController();
  const collector = createCollector({
    ...processClock,
    watch: () => ({ ...config.current(), fleet: currentFleet() }),
    findCredentials: createCredentialSearch(config.current, {
      ...credentialTools(),
      send: (request) => {
        const timeoutMs = Math.min(config.current().scrape.request_timeout, maxSearchRequestMs);
        return http.send(request, { timeoutMs, signal: stopping.signal });
      },
    }),
    http: http.send,
    observer: metrics.observer,
    log,
  });

  const fleet = createFleetSource(shard);
  const currentFleet = () => fleet.of(config.current().instances);

  function samplesOfInstances(): Sample[] {
    const { accounts } = config.current();
    return collector.knowledge().flatMap(({ instance, checks }) => {
      const known = checks.flatMap(({ check, facts, lastSuccessMs, last }) =>
        last === undefined
          ? []
          : [{ check, facts, lastSuccessMs, succeeded: !isFailing(last), durationMs: last.durationMs }],
      );
      return instanceSamples(instance, accounts.get(instance.account)?.provider.engine ?? '', known, Date.now());
    });
  }

  function samplesOfState(): Sample[] {
    const { pending, lastSweepSeconds } = collector.progress();
    const { accounts } = config.current();
    const { byAccount } = currentFleet();
    const { successful, lastSuccessMs } = config.state();
    return [
      ...(lastSweepSeconds === undefined
        ? []
        : [{ family: stateFamilies.sweepDuration, labels: {}, value: lastSweepSeconds }]),
      { family: stateFamilies.sweepPending, labels: {}, value: pending },
      ...[...accounts.values()].map(({ name, provider }) => ({
        family: stateFamilies.instances,
        labels: { provider: provider.id, account: name },
        value: byAccount.get(name)?.length ?? 0,
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
        instanceLabels: currentFleet().labelNames,
        stateSamples: samplesOfState(),
        exporter: metrics.registry(format),
      }),
    knowledge: collector.knowledge,
    progress: collector.progress,
    close() {
      collector.stop();
      stopping.abort();
      http.close();
    },
  };
}
